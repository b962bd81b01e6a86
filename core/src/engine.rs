//! What all calls of one cache share.

use core::time::Duration;

use async_lock::Semaphore;

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    entry::CacheEntry,
    error::Failure,
    eviction::EvictionStrategy,
    flight::{Flights, Lanes, contained},
    key::{MethodName, Whole},
    observer::{Event, Operation},
    parts::Parts,
    resilience::{Dice, Failures, Hooked, Resilience},
    runtime::Runtime,
    stats::{Counters, Stats},
    statuses::UpdateStatuses,
    storage::CacheStorage,
    sync::{Arc, AtomicBool, Mutex, Ordering},
    time::Instant,
};

/// The state of a cache.
pub(crate) struct Engine<P: Parts> {
    pub(crate) runtime: P::Runtime,
    pub(crate) source: P::Source,
    pub(crate) statuses: P::Statuses,
    pub(crate) settings: Settings,
    pub(crate) flights: Flights<P>,
    pub(crate) lanes: Lanes<P::Key>,
    pub(crate) counters: Counters,
    /// The storage counts this cache's hits, and nobody else's.
    pub(crate) tallied: bool,
    /// Places for writes that outlast their call.
    pub(crate) pending_writes: Semaphore,
    pub(crate) cleared: Cleared,
    /// A victim had to stay; the strategy is asked again when the next flight ends.
    pub(crate) victim_stayed: AtomicBool,
    /// Places for loads that run at the same time, if there is a bound.
    pub(crate) places: Option<Semaphore>,
    pub(crate) failures: Failures<P::Key, P::Error>,
    pub(crate) dice: Dice,
    hooks: Hooked<P::Key, P::Value, P::Error>,
    /// Somebody sees to it that dead entries leave.
    pub(crate) swept: AtomicBool,
}

/// What a builder sets beside the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) method: MethodName,
    pub(crate) abandon: Abandon,
    pub(crate) storage_timeout: Duration,
    pub(crate) resilience: Resilience,
}

/// What happens to a load when nobody waits for it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a load ends or does not")]
pub enum Abandon {
    /// The runtime carries it to its end, and its value is stored. A later caller joins it.
    #[default]
    Finish,
    /// It is dropped, at once or at the end of the poll in progress.
    Abort,
}

/// How many writes may be under way after their callers have been answered; the next one keeps its
/// callers waiting for a place.
const PENDING_WRITES: usize = 1024;

impl<P: Parts> Engine<P> {
    pub(crate) fn new(
        runtime: P::Runtime,
        source: P::Source,
        statuses: P::Statuses,
        settings: Settings,
        hooks: Hooked<P::Key, P::Value, P::Error>,
    ) -> Arc<Self> {
        let tallied = P::Source::FIXED && {
            let snapshot = source.snapshot();
            source.current(&snapshot).storage().claim_tally()
        };
        let Resilience { seed, max_loads, .. } = settings.resilience;
        Arc::new(Self {
            runtime,
            source,
            statuses,
            settings,
            flights: Flights::new(),
            lanes: Lanes::new(),
            counters: Counters::default(),
            tallied,
            pending_writes: Semaphore::new(PENDING_WRITES),
            cleared: Cleared::default(),
            victim_stayed: AtomicBool::new(false),
            places: max_loads.map(Semaphore::new),
            failures: Failures::new(),
            dice: Dice::new(seed),
            hooks,
            swept: AtomicBool::new(false),
        })
    }

    /// The time, and when a load that begins now is given up: after the method's timeout, else the
    /// registry's.
    ///
    /// The coarse clock will do for timeouts beside which its lag is small.
    pub(crate) fn begin(&self, configuration: &P::Current) -> (Instant, Instant) {
        let timeout = match self.settings.resilience.max_loads {
            // There never is a place.
            Some(0) => Some(Duration::ZERO),
            _ => configuration.method_timeout().or_else(|| self.statuses.lock_timeout()),
        };
        let now = match timeout {
            Some(timeout) if timeout < Duration::from_secs(1) => self.runtime.now(),
            _ => self.runtime.coarse_now() + self.runtime.coarse_lag(),
        };
        (now, timeout.map_or(Instant::NEVER, |timeout| now + timeout))
    }

    /// The hash by which flights find a key: the storage's own, if it has one and stays.
    pub(crate) fn hash(&self, configuration: &P::Current, key: &P::Key) -> u64 {
        let shared =
            if P::Source::FIXED { configuration.storage().hash_of(&Whole(key)) } else { None };
        shared.unwrap_or_else(|| self.flights.hash_one(key))
    }

    /// Makes sure that nothing loaded for `key` by now is stored.
    pub(crate) fn supersede(&self, configuration: &P::Current, key: &P::Key) {
        let hash = self.hash(configuration, key);
        self.flights.supersede(key, hash);
        self.failures.forget(key, hash);
        if !P::Statuses::BUILT_IN {
            self.statuses.supersede(Some(key));
        }
    }

    /// Makes sure that nothing loaded by now is stored.
    pub(crate) fn supersede_all(&self) {
        self.flights.supersede_all();
        self.failures.forget_all();
        if !P::Statuses::BUILT_IN {
            self.statuses.supersede(None);
        }
    }

    /// Returns what the cache has done so far.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.counters.read();
        if self.tallied {
            let snapshot = self.source.snapshot();
            let tally = self.source.current(&snapshot).storage().tally();
            stats.hits = stats.hits.wrapping_add(tally);
        }
        let snapshot = self.source.snapshot();
        let departures = self.source.current(&snapshot).storage().departures();
        stats.evicted = stats.evicted.wrapping_add(departures.evicted);
        stats.expired = departures.expired;
        stats
    }

    /// Tells the observer, if there is one. Not to be called under a lock.
    #[inline]
    pub(crate) fn tell<'e>(&self, event: impl FnOnce() -> Event<'e, P::Key, P::Value, P::Error>)
    where
        P: 'e,
    {
        if let Some(observer) = &self.hooks.observer {
            drop(contained(|| observer.observe(&event())));
        }
    }

    /// Counts a failure of the storage.
    #[cold]
    pub(crate) fn storage_failed(&self, key: Option<&P::Key>, operation: Operation) {
        self.counters.storage_errors.count();
        self.tell(|| Event::StorageFailed { key, operation });
    }

    /// Whether something old may stand in for what failed so, once it has expired.
    pub(crate) fn stands_in(&self, failure: &Failure<P::Error>) -> bool {
        let Resilience { stale_if_error, .. } = self.settings.resilience;
        !stale_if_error.is_zero()
            && match (failure, &self.hooks.outage) {
                (Failure::Method(error), Some(outage)) => contained(|| outage(error)) == Ok(true),
                (Failure::Method(_), None) => true,
                (failure, _) => {
                    matches!(failure, Failure::TimedOut | Failure::Panicked(_) | Failure::Abandoned)
                }
            }
    }

    pub(crate) fn is_in_flight(&self, configuration: &P::Current, key: &P::Key) -> bool {
        if P::Statuses::BUILT_IN {
            self.flights.contains(key, self.hash(configuration, key))
        } else {
            self.statuses.is_being_updated(key)
        }
    }

    /// Whether writes of one key have to be kept apart: a storage without waits that bounds itself
    /// does so under its own lock.
    pub(crate) fn writes_take_turns(configuration: &P::Current, waits: bool) -> bool {
        waits || configuration.eviction_strategy().bounds()
    }
}

/// Hides what a storage that cannot clear itself has kept from before a clear.
#[derive(Debug, Default)]
pub(crate) struct Cleared {
    ever: AtomicBool,
    at: Mutex<Instant>,
}

impl Cleared {
    pub(crate) fn at(&self, now: Instant) {
        self.at.with(|at| *at = now.max(*at));
        self.ever.store(true, Ordering::Release);
    }

    /// Whether there is anything to hide.
    #[inline]
    pub(crate) fn ever(&self) -> bool {
        self.ever.load(Ordering::Acquire)
    }

    /// An entry of the very instant of the clear is taken for an old one.
    #[inline]
    pub(crate) fn hides<V>(&self, entry: &CacheEntry<V>) -> bool {
        self.ever() && self.at.with(|at| entry.created <= *at)
    }
}
