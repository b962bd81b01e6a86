//! The cache under test, whatever its parts.

use std::{
    hash::{BuildHasher, Hash, Hasher},
    rc::Rc,
    sync::Arc,
};

use evermemo_core::{
    Builder, CacheEntry, CacheStorage, Cached, EarlyRefresh, Error, EvictionStrategy,
    FixedCacheConfiguration, Instant, Jitter, LocalBoxFuture, LocalInMemoryCacheStorage, Lookup,
    Memo, MethodName, MutableCacheConfiguration, NoEvictionStrategy, NoPostprocessing, Outcome,
    Refresh, Runtime, Stats, Tuned,
};

use crate::{
    history::Times,
    load,
    observer::Listener,
    registry::Registry,
    remote::Remote,
    scenario::Setup,
    strategy::Watched,
    wishes::Wishes,
    world::{Asked, Down, Value, World},
};

/// A value, and how it is inserted.
pub(crate) enum Inserting {
    Alone(Value),
    AmongMany(Value),
    WithTimes(Cached<Value>),
}

/// What a client can do with a cache.
pub(crate) trait Subject {
    fn call(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>>;
    fn outcome(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>>;
    /// The same as `outcome`, with options of the call's own.
    fn tuned(
        &self,
        asked: Asked,
        wishes: Wishes,
    ) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>>;
    fn force(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>>;
    fn get(&self, asked: Asked) -> LocalBoxFuture<'_, Option<Value>>;
    /// Returns what is there; what the other looks say of that must agree.
    fn peek(&self, asked: Asked) -> Result<Option<Value>, String>;
    /// Returns whether it was done, and what was handed out.
    fn remove(&self, asked: Asked) -> LocalBoxFuture<'_, (bool, Option<Value>)>;
    /// Returns whether it was done, unless it is to be done quietly.
    fn invalidate(
        &self,
        asked: Asked,
        quietly: bool,
        among_many: bool,
    ) -> LocalBoxFuture<'_, Option<bool>>;
    fn insert(
        &self,
        asked: Asked,
        inserting: Inserting,
        quietly: bool,
    ) -> LocalBoxFuture<'_, Option<bool>>;
    fn update(
        &self,
        asked: Asked,
        make: Box<dyn FnMut(Option<&Value>) -> Option<Value>>,
        quietly: bool,
    ) -> LocalBoxFuture<'_, Option<bool>>;
    fn refresh(&self, asked: Asked) -> Result<Refresh, Error<Down>>;
    fn clear(&self, quietly: bool) -> LocalBoxFuture<'_, Option<bool>>;
    fn drain(&self) -> LocalBoxFuture<'_, ()>;
    fn close(&self) -> LocalBoxFuture<'_, ()>;
    fn stats(&self) -> Stats;
    fn in_flight(&self) -> usize;
}

impl<R: Runtime> Subject for Memo<Asked, Value, Down, R> {
    fn call(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>> {
        Box::pin(self.call_args(asked))
    }

    fn outcome(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>> {
        Box::pin(self.call_args(asked).outcome())
    }

    fn tuned(
        &self,
        asked: Asked,
        wishes: Wishes,
    ) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>> {
        Box::pin(wishes.set(Tuned::new(self.call_args(asked))).outcome())
    }

    fn force(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>> {
        Box::pin(self.call_args(asked).force())
    }

    fn get(&self, asked: Asked) -> LocalBoxFuture<'_, Option<Value>> {
        Box::pin(self.get(Sought(asked)))
    }

    fn peek(&self, asked: Asked) -> Result<Option<Value>, String> {
        let peeked = self.peek(Sought(asked));
        let (contains, info) = (self.contains(Sought(asked)), self.entry_info(Sought(asked)));
        match peeked.is_some() == contains && contains == info.is_some() {
            true => Ok(peeked),
            false => Err(format!("{peeked:?} is peeked, contained: {contains}, known: {info:?}")),
        }
    }

    fn remove(&self, asked: Asked) -> LocalBoxFuture<'_, (bool, Option<Value>)> {
        Box::pin(async move {
            match self.remove(Sought(asked)).await {
                Ok(entry) => (true, entry.map(|entry| entry.value)),
                Err(_) => (false, None),
            }
        })
    }

    fn invalidate(
        &self,
        asked: Asked,
        quietly: bool,
        among_many: bool,
    ) -> LocalBoxFuture<'_, Option<bool>> {
        Box::pin(async move {
            match (quietly, among_many) {
                (true, false) => self.invalidate(&asked).await,
                (true, true) => self.invalidate_many([&asked]).await,
                (false, false) => return Some(self.try_invalidate(&asked).await.is_ok()),
                (false, true) => return Some(self.try_invalidate_many([&asked]).await.is_ok()),
            }
            None
        })
    }

    fn update(
        &self,
        asked: Asked,
        make: Box<dyn FnMut(Option<&Value>) -> Option<Value>>,
        quietly: bool,
    ) -> LocalBoxFuture<'_, Option<bool>> {
        Box::pin(async move {
            if quietly {
                self.update(asked, make).await;
                return None;
            }
            Some(self.try_update(asked, make).await.is_ok())
        })
    }

    fn refresh(&self, asked: Asked) -> Result<Refresh, Error<Down>> {
        self.refresh(asked)
    }

    fn insert(
        &self,
        asked: Asked,
        inserting: Inserting,
        quietly: bool,
    ) -> LocalBoxFuture<'_, Option<bool>> {
        Box::pin(async move {
            let inserted = match (inserting, quietly) {
                (Inserting::Alone(value), true) => {
                    self.insert(asked, value).await;
                    return None;
                }
                (Inserting::AmongMany(value), true) => {
                    self.insert_many([(asked, value)]).await;
                    return None;
                }
                (Inserting::WithTimes(value), true) => {
                    self.insert_with(asked, value).await;
                    return None;
                }
                (Inserting::Alone(value), false) => self.try_insert(asked, value).await,
                (Inserting::AmongMany(value), false) => {
                    self.try_insert_many([(asked, value)]).await
                }
                (Inserting::WithTimes(value), false) => self.try_insert_with(asked, value).await,
            };
            Some(inserted.is_ok())
        })
    }

    fn clear(&self, quietly: bool) -> LocalBoxFuture<'_, Option<bool>> {
        Box::pin(async move {
            if quietly {
                self.clear().await;
                return None;
            }
            Some(self.try_clear().await.is_ok())
        })
    }

    fn drain(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.drain())
    }

    fn close(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.close())
    }

    fn stats(&self) -> Stats {
        self.stats()
    }

    fn in_flight(&self) -> usize {
        self.in_flight()
    }
}

/// Arguments that are looked up, though they are no key.
struct Sought(Asked);

impl Hash for Sought {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key.hash(state);
    }
}

impl Lookup<Asked> for Sought {
    fn matches(&self, asked: &Asked) -> bool {
        self.0.key == asked.key
    }

    fn to_key(&self) -> Asked {
        self.0
    }
}

/// A cache and what can be seen of its parts.
pub(crate) struct Built {
    pub(crate) subject: Rc<dyn Subject>,
    pub(crate) stored: Stored,
    pub(crate) strategy: Option<Arc<Watched>>,
    /// Where the configuration can be changed.
    pub(crate) handle: Option<Handle>,
}

/// A configuration that can be changed.
pub(crate) type Handle = MutableCacheConfiguration<Asked, Value, u32>;

type Memory = Arc<LocalInMemoryCacheStorage<u32, Value, Even>>;

/// Where entries are kept.
#[derive(Clone)]
pub(crate) enum Stored {
    InMemory(Memory),
    Remotely(Remote),
}

impl Stored {
    fn of(world: &Arc<World>) -> Self {
        let setup = &world.setup;
        if setup.place.waits() {
            return Self::Remotely(Remote::new(world.clone()));
        }
        let memory = LocalInMemoryCacheStorage::new(setup.capacity);
        Self::InMemory(Arc::new(memory.with_policy(setup.policy).with_hasher(Even)))
    }

    pub(crate) fn keys(&self) -> Vec<u32> {
        let mut keys = Vec::new();
        self.visit(|key, _| keys.push(key));
        keys
    }

    pub(crate) fn times(&self, key: u32) -> Option<Times> {
        let mut times = None;
        self.visit(|of, entry| {
            if of == key {
                times = Some(Times::of(entry));
            }
        });
        times
    }

    fn visit(&self, mut each: impl FnMut(u32, &CacheEntry<Value>)) {
        match self {
            Self::InMemory(memory) => {
                memory.visit(&mut |&key, entry| each(key, entry));
            }
            Self::Remotely(remote) => remote.each(each),
        }
    }

    /// Returns how many entries there are, and how many there may be, if it bounds itself.
    pub(crate) fn bound(&self) -> Option<(usize, usize)> {
        match self {
            Self::InMemory(memory) => Some((memory.len(), memory.capacity())),
            Self::Remotely(_) => None,
        }
    }

    pub(crate) fn set_capacity(&self, capacity: usize) {
        if let Self::InMemory(memory) = self {
            memory.set_capacity(capacity);
        }
    }
}

/// Builds the cache of a world.
pub(crate) fn build<R: Runtime>(runtime: R, world: &Arc<World>) -> Built {
    let (stored, place) = (Stored::of(world), world.setup.place);
    let strategy = place.is_bounded_outside().then(|| Arc::new(Watched::new(world.setup.capacity)));
    world.set_stored(Some(stored.clone()));
    let (subject, handle) = match (&stored, &strategy) {
        (Stored::InMemory(memory), None) => {
            wrapped(runtime, world, memory.clone(), NoEvictionStrategy)
        }
        (Stored::InMemory(memory), Some(strategy)) => {
            wrapped(runtime, world, memory.clone(), strategy.clone())
        }
        (Stored::Remotely(remote), None) => {
            wrapped(runtime, world, remote.clone(), NoEvictionStrategy)
        }
        (Stored::Remotely(remote), Some(strategy)) => {
            wrapped(runtime, world, remote.clone(), strategy.clone())
        }
    };
    debug_assert_eq!(place.waits(), matches!(stored, Stored::Remotely(_)));
    Built { subject, stored, strategy, handle }
}

type Wrapped = (Rc<dyn Subject>, Option<Handle>);

fn wrapped<R, S, T>(runtime: R, world: &Arc<World>, storage: S, strategy: T) -> Wrapped
where
    R: Runtime,
    S: CacheStorage<u32, Value, Get: Send, Done: Send> + Send + Sync,
    T: EvictionStrategy<u32, Value> + Send + Sync,
{
    let setup = &world.setup;
    let key = |_: MethodName, asked: &Asked| asked.key;
    let builder = world.clone();
    let entry = move |_: &u32, value: Value, now: Instant| builder.entry(value, now);
    let configuration = FixedCacheConfiguration::new(
        setup.method_timeout,
        storage,
        key,
        entry,
        strategy,
        NoPostprocessing,
    );
    let base = resilient(Builder::on(runtime), setup);
    let outages = setup.resilience.clone();
    let base = base
        .on_abandon(setup.abandon)
        .storage_timeout(setup.storage_timeout)
        .seed(world.seed)
        .stale_if_error_when(setup.resilience.stale_if_error, move |down: &Down| {
            outages.is_outage(down.number)
        })
        .observer(Listener::new(world.clone()));
    let (loads, loads_more) = (load::method(world.clone()), load::loader(world.clone()));
    let loader = setup.resilience.loader;
    macro_rules! subject {
        ($base:expr) => {{
            let subject: Rc<dyn Subject> = match loader {
                true => Rc::new($base.wrap_loader(loads_more)),
                false => Rc::new($base.try_wrap(loads)),
            };
            subject
        }};
    }
    if !setup.mutable {
        let base = base.configuration(configuration);
        let subject = match (setup.registered, setup.validates()) {
            (true, _) => subject!(base.update_statuses(Registry::new())),
            (false, false) => subject!(base),
            (false, true) => {
                let world = world.clone();
                subject!(base.valid_if(move |&key: &u32, entry: &CacheEntry<Value>| {
                    !world.history().is_refused(key, entry.value.number)
                }))
            }
        };
        return (subject, None);
    }
    let configuration = Handle::initialized_with(configuration);
    let handle = configuration.clone();
    let base = base.configuration(configuration);
    let subject = match setup.registered {
        true => subject!(base.update_statuses(Registry::new())),
        false => subject!(base),
    };
    (subject, Some(handle))
}

/// The settings that are not always set.
fn resilient<R: Runtime>(mut base: Builder<R>, setup: &Setup) -> Builder<R> {
    let resilience = &setup.resilience;
    if let Some(backoff) = resilience.pauses.backoff() {
        base = base.refresh_backoff(backoff);
    }
    if let Some(timeout) = resilience.soft_timeout {
        base = base.soft_timeout(timeout);
    }
    if let Some(loads) = resilience.max_loads {
        base = base.max_loads(loads);
    }
    if let Some(period) = resilience.sweep_every {
        base = base.sweep_every(period);
    }
    if let Some(Ok(jitter)) = resilience.jitter.map(|tenths| Jitter::new(f64::from(tenths) / 10.0))
    {
        base = base.jitter(jitter);
    }
    if resilience.early {
        base = base.early_refresh(EarlyRefresh::default());
    }
    base.cache_errors_for(resilience.cache_errors_for)
}

/// Hashes equal keys equally in every run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Even;

impl BuildHasher for Even {
    type Hasher = Mixed;

    fn build_hasher(&self) -> Mixed {
        Mixed(0)
    }
}

/// A hash under way.
#[derive(Debug)]
pub(crate) struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = crate::dice::Dice::of(&[self.0, byte.into()]).next();
        }
    }
}
