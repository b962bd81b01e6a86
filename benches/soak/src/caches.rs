//! The four caches.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::{
    Abandon, ArgumentsKeyExtractor, Backoff, Builder, EarlyRefresh, FixedCacheConfiguration,
    Jitter, LocalInMemoryCacheStorage, Memo, MutableCacheConfiguration, NoEvictionStrategy,
    NoPostprocessing, OutOfRange, Runtime,
};

use crate::{
    ask::{Ask, Noted, Value},
    backend::{Backend, Fault, Timers},
    facts::{Facts, Promises},
    plan::{CAPACITY, KEYS, Shared},
    second_chance::SecondChance,
    slow::Slow,
};

/// A memoized function with what is known of it from outside.
pub(crate) struct Subject<R: Runtime> {
    pub(crate) memo: Memo<Ask, Value, Fault, R>,
    pub(crate) facts: Arc<Facts>,
}

pub(crate) type Map = LocalInMemoryCacheStorage<Ask, Value>;
pub(crate) type Exchanged = MutableCacheConfiguration<Ask, Value>;

pub(crate) const FRESH_FOR: Duration = Duration::from_millis(100);
pub(crate) const LIFE: Duration = Duration::from_millis(400);
pub(crate) const METHOD_TIMEOUT: Duration = Duration::from_millis(50);
/// The least that the exchanged configuration gives a load.
pub(crate) const LEAST_METHOD_TIMEOUT: Duration = Duration::from_millis(30);
pub(crate) const STORAGE_TIMEOUT: Duration = Duration::from_millis(60);

/// How long after its life an answer may stand in for a failed load.
const WINDOW: Duration = Duration::from_millis(300);
/// How many loads run at once for the cache with a strategy.
const MOST_LOADS: usize = 48;

pub(crate) const NOTED: Noted = Noted { fresh_for: FRESH_FOR, life: LIFE };

/// All of them, on one runtime.
pub(crate) struct World<R: Runtime, T: Timers> {
    pub(crate) shared: Arc<Shared>,
    pub(crate) timers: T,
    /// In memory, with the default policy, resized.
    pub(crate) memory: Subject<R>,
    /// Over a storage that waits, fails, hangs and loses.
    pub(crate) storage: Subject<R>,
    /// In memory, with a user's eviction strategy, and loads that end with their last caller.
    pub(crate) strategy: Subject<R>,
    pub(crate) order: Arc<SecondChance>,
    /// With components that are exchanged.
    pub(crate) mutable: Subject<R>,
    pub(crate) components: Exchanged,
    /// How much the memory cache may hold.
    pub(crate) room: AtomicUsize,
}

const PROMISES: Promises = Promises {
    lives: None,
    window: Duration::ZERO,
    immediate: true,
    aborts: false,
    patient: false,
    may_refuse: false,
    strategy: false,
    spread: false,
    keeps_errors: false,
    most_loads: None,
    least_timeout: METHOD_TIMEOUT,
};

impl<R: Runtime, T: Timers> World<R, T> {
    pub(crate) fn new(runtime: &R, timers: T, shared: Arc<Shared>) -> Result<Self, OutOfRange> {
        let facts =
            |name, promises| Arc::new(Facts::new(name, KEYS, promises, shared.violations.clone()));
        let backend = |facts: &Arc<Facts>, salt: u64| {
            let (timers, weather) = (timers.clone(), shared.weather.clone());
            let seed = shared.seed.wrapping_add(salt << 48);
            Arc::new(Backend { timers, facts: facts.clone(), weather, seed })
        };

        let known = facts(
            "memory",
            Promises { lives: Some((FRESH_FOR, LIFE)), window: WINDOW, spread: true, ..PROMISES },
        );
        let loads = backend(&known, 1);
        let memo = Builder::on(runtime.clone())
            .capacity(CAPACITY)
            .update_after(FRESH_FOR)
            .expire_after(LIFE)
            .method_timeout(METHOD_TIMEOUT)
            .stale_if_error(WINDOW)
            .soft_timeout(Duration::from_millis(5))
            .jitter(Jitter::new(0.2)?)
            .sweep_every(Duration::from_millis(200))
            .seed(shared.seed)
            .observer(known.heard.clone())
            .try_wrap(move |ask| loads.load(ask));
        let memory = Subject { memo, facts: known };

        let known = facts(
            "storage",
            Promises { immediate: false, window: WINDOW, spread: true, ..PROMISES },
        );
        known.waits_for_its_storage();
        let loads = backend(&known, 2);
        let memo = Builder::on(runtime.clone())
            .storage(slow(&shared, &timers, false))
            .storage_timeout(STORAGE_TIMEOUT)
            .entry_builder(NOTED)
            .method_timeout(METHOD_TIMEOUT)
            .stale_if_error_when(WINDOW, |fault: &Fault| fault.outage)
            .seed(shared.seed)
            .observer(known.heard.clone())
            .wrap_loader(move |ask, previous| loads.load_after(ask, previous));
        let storage = Subject { memo, facts: known };

        let known = facts(
            "strategy",
            Promises {
                aborts: true,
                strategy: true,
                keeps_errors: true,
                most_loads: Some(MOST_LOADS as i64),
                ..PROMISES
            },
        );
        let order = Arc::new(SecondChance::new(CAPACITY));
        let loads = backend(&known, 3);
        let memo = Builder::on(runtime.clone())
            .storage(Map::new(CAPACITY))
            .entry_builder(NOTED)
            .eviction_strategy(order.clone())
            .on_abandon(Abandon::Abort)
            .method_timeout(METHOD_TIMEOUT)
            .cache_errors_for(Duration::from_millis(20))
            .max_loads(MOST_LOADS)
            .seed(shared.seed)
            .observer(known.heard.clone())
            .try_wrap(move |ask| loads.load(ask));
        let strategy = Subject { memo, facts: known };

        let known = facts(
            "mutable",
            Promises {
                immediate: false,
                patient: true,
                may_refuse: true,
                spread: true,
                least_timeout: LEAST_METHOD_TIMEOUT,
                ..PROMISES
            },
        );
        let loads = backend(&known, 4);
        let components = Exchanged::initialized_with(FixedCacheConfiguration::new(
            Some(METHOD_TIMEOUT),
            Map::new(CAPACITY),
            ArgumentsKeyExtractor,
            NOTED,
            NoEvictionStrategy,
            NoPostprocessing,
        ));
        let memo = Builder::on(runtime.clone())
            .configuration(components.clone())
            .storage_timeout(STORAGE_TIMEOUT)
            .refresh_backoff(Backoff::NONE)
            .early_refresh(EarlyRefresh::new(1.0)?)
            .sweep_every(Duration::from_millis(300))
            .seed(shared.seed)
            .observer(known.heard.clone())
            .try_wrap(move |ask| loads.load(ask));
        let mutable = Subject { memo, facts: known };

        let room = AtomicUsize::new(CAPACITY);
        Ok(Self { shared, timers, memory, storage, strategy, order, mutable, components, room })
    }

    /// Returns how many entries each cache holds, as far as it knows.
    pub(crate) fn entries(&self) -> [Option<usize>; 4] {
        let (memory, storage) = (self.memory.memo.len(), self.storage.memo.len());
        [Some(memory), Some(storage), Some(self.strategy.memo.len()), None]
    }

    /// Returns whether the caches are within their bounds. The strategy's is kept but for releases
    /// under way and for keys that are being loaded or written.
    pub(crate) fn check_bounds(&self) {
        let (memory, room) = (self.memory.memo.len(), self.room.load(SeqCst));
        // While the room changes, another task looks after the bound.
        if room != usize::MAX && memory > room && self.room.load(SeqCst) == room {
            self.memory.facts.violated(&format!("{memory} entries, and room for {room}"));
        }
        let busy = self.strategy.memo.in_flight() + self.shared.callers;
        let entries = self.strategy.memo.len();
        if entries > CAPACITY + busy {
            let what = format!("{entries} entries, room for {CAPACITY} and {busy} under way");
            self.strategy.facts.violated(&what);
        }
    }
}

/// Makes a storage that waits, of its own.
pub(crate) fn slow<T: Timers>(shared: &Shared, timers: &T, clears: bool) -> Slow<T> {
    Slow {
        within: Arc::new(Map::new(CAPACITY)),
        timers: timers.clone(),
        weather: shared.weather.clone(),
        seed: shared.seed.wrapping_add(9 << 48),
        clears,
    }
}
