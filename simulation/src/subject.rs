//! The cache under test, whatever its parts.

use std::{hash::BuildHasher, hash::Hasher, rc::Rc, sync::Arc};

use evermemo_core::{
    Builder, CacheEntry, CacheStorage, ConfigurationSource, Error, FixedCacheConfiguration,
    Instant, Key, LocalBoxFuture, LocalInMemoryCacheStorage, Memo, MethodName,
    MutableCacheConfiguration, NoEvictionStrategy, NoPostprocessing, Outcome, Runtime, Stats,
    UpdateStatuses,
};

use crate::{
    history::Times,
    load,
    remote::Remote,
    strategy::Watched,
    world::{Asked, Down, Value, World},
};

/// What a client can do with a cache.
pub(crate) trait Subject {
    fn call(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>>;
    fn outcome(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>>;
    fn force(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>>;
    /// Returns whether it was done.
    fn invalidate(&self, asked: Asked) -> LocalBoxFuture<'_, bool>;
    fn insert(&self, asked: Asked, value: Value) -> LocalBoxFuture<'_, bool>;
    fn clear(&self) -> LocalBoxFuture<'_, bool>;
    fn stats(&self) -> Stats;
    fn in_flight(&self) -> usize;
}

impl<R, C, U> Subject for Memo<Asked, Value, Down, R, C, U>
where
    R: Runtime,
    C: ConfigurationSource<Asked, Value>,
    U: UpdateStatuses<Key<Asked, Value, C>, Value, Down>,
{
    fn call(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>> {
        Box::pin(self.call(asked))
    }

    fn outcome(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Outcome<Value>, Error<Down>>> {
        Box::pin(self.outcome(asked))
    }

    fn force(&self, asked: Asked) -> LocalBoxFuture<'_, Result<Value, Error<Down>>> {
        Box::pin(self.force_refresh(asked))
    }

    fn invalidate(&self, asked: Asked) -> LocalBoxFuture<'_, bool> {
        Box::pin(async move { self.invalidate(&asked).await.is_ok() })
    }

    fn insert(&self, asked: Asked, value: Value) -> LocalBoxFuture<'_, bool> {
        Box::pin(async move { self.insert(asked, value).await.is_ok() })
    }

    fn clear(&self) -> LocalBoxFuture<'_, bool> {
        Box::pin(async move { self.clear().await.is_ok() })
    }

    fn stats(&self) -> Stats {
        self.stats()
    }

    fn in_flight(&self) -> usize {
        self.in_flight()
    }
}

/// A cache and what can be seen of its parts.
pub(crate) struct Built {
    pub(crate) subject: Rc<dyn Subject>,
    pub(crate) stored: Stored,
    pub(crate) strategy: Option<Arc<Watched>>,
    pub(crate) set_timeout: Option<Box<dyn Fn(std::time::Duration)>>,
}

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
    let (subject, set_timeout) = match (&stored, &strategy) {
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
    Built { subject, stored, strategy, set_timeout }
}

type Wrapped = (Rc<dyn Subject>, Option<Box<dyn Fn(std::time::Duration)>>);

fn wrapped<R, S, T>(runtime: R, world: &Arc<World>, storage: S, strategy: T) -> Wrapped
where
    R: Runtime,
    S: CacheStorage<u32, Value, Get: Send, Done: Send> + Send + Sync,
    T: evermemo_core::EvictionStrategy<u32, Value> + Send + Sync,
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
    let base = Builder::on(runtime)
        .on_abandon(setup.abandon)
        .storage_timeout(setup.storage_timeout);
    let method = load::method(world.clone());
    if !setup.mutable {
        return (Rc::new(base.configuration(configuration).try_wrap(method)), None);
    }
    let configuration = MutableCacheConfiguration::<Asked, Value, u32>::initialized_with(configuration);
    let handle = configuration.clone();
    let set_timeout = move |timeout| {
        handle.set_method_timeout(timeout);
    };
    (Rc::new(base.configuration(configuration).try_wrap(method)), Some(Box::new(set_timeout)))
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
