//! The state that all calls of one cache share.

mod cleared;
mod written;

pub(crate) use self::{
    cleared::{ALL, Fate, Sight},
    written::{Stored, WriteTask},
};

use core::time::Duration;

use async_lock::Semaphore;

use self::cleared::Cleared;
#[cfg(feature = "std")]
use crate::caches::Listing;
use crate::{
    configuration::AnyConfiguration,
    entry::CacheEntry,
    error::Failure,
    flights::{ClaimedKeys, Flight, Flights},
    future::contained,
    key::MethodName,
    lanes::{FoundTimes, Lanes},
    observer::{Event, Operation},
    planted::{self, Fault},
    resilience::{Dice, Failures, Hooked, MaxLoads, Resilience},
    runtime::{AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    stats::{Counters, Stats},
    statuses::AnyRegistry,
    storage::Bounds,
    sync::{Arc, AtomicBool, AtomicUsize, Weak},
    time::Instant,
    types::{FutureOf, LandedOf},
};

/// The state of a cache.
pub(crate) struct Engine<M: Threading> {
    pub(crate) runtime: Arc<M::Clock>,
    source: EngineSource<M>,
    /// The storage never changes, so flights use its hashes.
    pub(crate) fixed: bool,
    pub(crate) registry: Registry<M>,
    pub(crate) settings: Settings,
    pub(crate) flights: Flights<M>,
    pub(crate) counters: Counters,
    /// The storage counts this cache's hits, and no other cache's.
    pub(crate) tallied: bool,
    /// How entries are written, if that may take time.
    pub(crate) writes: Option<Writes<M>>,
    /// How victims leave, if there can be a strategy that chooses them.
    pub(crate) evictions: Option<Evictions<M>>,
    /// A victim had to stay; the strategy is asked again when the next flight ends.
    pub(crate) victim_stayed: AtomicBool,
    /// The bound on loads that run at the same time, if there is one.
    pub(crate) permits: Option<Permits<M>>,
    /// A load begins without asking for anything: neither a permit nor a ticket.
    pub(crate) asks_nothing: bool,
    /// How tickets are handled, if a registry of the user's gives any.
    pub(crate) tickets: Option<Tickets<M>>,
    pub(crate) failures: Failures<KeyOf<M>, ErrorOf<M>>,
    pub(crate) dice: Dice,
    hooks: Hooked<KeyOf<M>, ValueOf<M>, ErrorOf<M>>,
    /// How dead entries are removed, if the cache is set to sweep.
    pub(crate) sweeps: Option<Sweeps<M>>,
    /// A task removes dead entries.
    pub(crate) swept: AtomicBool,
}

/// The source of the configuration of calls.
pub(crate) enum EngineSource<M: Threading> {
    /// It never changes.
    Fixed(Arc<M::Configuration>),
    /// Each call takes the current one.
    Changing(Arc<M::Function<(), Arc<M::Configuration>>>),
}

impl<M: Threading> EngineSource<M> {
    fn snapshot(&self) -> Arc<M::Configuration> {
        match self {
            Self::Fixed(configuration) => configuration.clone(),
            Self::Changing(current) => current(()),
        }
    }
}

/// The registry of updates in flight: the engine's own flights, or a registry of the user's.
pub(crate) enum Registry<M: Threading> {
    BuiltIn { lock_timeout: Option<Duration> },
    Own(Arc<M::Registry>),
}

/// The parts of a cache, with the types of its components hidden.
pub(crate) struct EngineParts<M: Threading> {
    pub(crate) runtime: Arc<M::Clock>,
    pub(crate) source: EngineSource<M>,
    pub(crate) fixed: bool,
    pub(crate) registry: Registry<M>,
    pub(crate) settings: Settings,
    pub(crate) hooks: Hooked<KeyOf<M>, ValueOf<M>, ErrorOf<M>>,
}

/// The engine's functions for a strategy of the user's. A program without one contains none of
/// this, as only a builder with a strategy refers to it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Evictions<M: Threading> {
    /// Makes the task that releases victims.
    pub(crate) evict: EvictFn<M>,
    /// Releases victims where a dropped flight ends.
    pub(crate) at_once: fn(&Arc<Engine<M>>, &Flight<M>),
}

/// The engine's functions for writes that take time. A program whose storages are all in memory,
/// without a strategy, contains none of this.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Writes<M: Threading> {
    /// Writes a loaded entry.
    pub(crate) write: WriteFn<M>,
    /// Returns what a look may see of a key, and of the entry that it has found.
    sight: fn(&Self, &M::Configuration, &KeyOf<M>, Option<FoundTimes>) -> Sight,
    note: fn(&Cleared<KeyOf<M>>, Fate<'_, KeyOf<M>>),
    pub(crate) lanes: Lanes<M>,
    /// Bounds the writes that outlast their calls.
    pub(crate) pending: Semaphore,
    cleared: Cleared<KeyOf<M>>,
    /// Counts the releases that were reported to a strategy.
    pub(crate) released: AtomicUsize,
}

type WriteFn<M> = fn(Arc<Engine<M>>, WriteTask<M>) -> FutureOf<M, Stored>;

impl<M: Threading> Writes<M> {
    pub(crate) fn new(write: WriteFn<M>) -> Self {
        Self {
            write,
            sight: Self::sight,
            note: Cleared::note,
            lanes: Lanes::new(),
            pending: Semaphore::new(PENDING_WRITES),
            cleared: Cleared::new(),
            released: AtomicUsize::new(0),
        }
    }

    /// Notes a change of what is stored, for the looks that begin later.
    pub(crate) fn note(&self, fate: Fate<'_, KeyOf<M>>) {
        if matches!(fate, Fate::AllHidden) {
            self.lanes.owed.look_for_more();
        }
        (self.note)(&self.cleared, fate);
    }

    fn sight(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        found: Option<FoundTimes>,
    ) -> Sight {
        if self.lanes.owed.hides(key, found) {
            return None;
        }
        self.cleared.sight(key, configuration.storage_number())
    }
}

type EvictFn<M> = fn(
    Arc<Engine<M>>,
    Arc<<M as Threading>::Configuration>,
    Arc<<M as Threading>::Clock>,
) -> <M as Threading>::Task;

/// The engine's functions for a bound on the loads of a cache. A program without one contains none
/// of this, as only a builder with a bound refers to it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Permits<M: Threading> {
    /// The state of the two functions.
    pub(crate) pool: Arc<M::Any>,
    /// Waits for a load's permit, which is given back when the result is dropped.
    pub(crate) permitted: fn(Arc<M::Any>, Permitting<M>) -> M::Future<Arc<M::Any>>,
    /// Notes that a caller waits for a refresh.
    pub(crate) joined: fn(&M::Any, &Flight<M>),
}

/// A load that needs a permit.
pub(crate) struct Permitting<M: Threading> {
    pub(crate) engine: Arc<Engine<M>>,
    pub(crate) flight: Arc<Flight<M>>,
    pub(crate) deadline: Instant,
}

/// How often dead entries are removed, and by which task. A program that does not sweep contains
/// none of this, as only the builder's setter refers to it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct Sweeps<M: Threading> {
    pub(crate) period: Duration,
    pub(crate) task: SweepFn<M>,
}

type SweepFn<M> =
    fn(Weak<Engine<M>>, Arc<<M as Threading>::Clock>, Duration) -> <M as Threading>::Task;

/// How the tickets of a user's registry are handled.
pub(crate) struct Tickets<M: Threading> {
    /// The state of the functions.
    pub(crate) held: Arc<M::Any>,
    /// Reports to the registry how an update has ended.
    pub(crate) end: fn(&Engine<M>, &Flight<M>, &M::Ticket, &LandedOf<M>),
    /// Returns whether the flight's result is out of date for a caller that comes now.
    pub(crate) is_outdated: fn(&Engine<M>, &Flight<M>) -> bool,
}

/// The settings of a builder besides the configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) method: MethodName,
    pub(crate) abandon: Abandon,
    pub(crate) storage_timeout: Duration,
    pub(crate) resilience: Resilience,
    /// The list that the cache is put into, if any.
    #[cfg(feature = "std")]
    pub(crate) listing: Option<Listing>,
}

/// What happens to a load when its last caller goes away.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Abandon, Builder};
/// # use std::task::{Context, Waker};
/// use std::future::{Future, pending};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime)
///     .on_abandon(Abandon::Abort)
///     .wrap(|_path: &'static str| pending::<String>());
/// let mut call = Box::pin(pages.call("/"));
/// # let mut cx = Context::from_waker(Waker::noop());
/// assert!(call.as_mut().poll(&mut cx).is_pending());
/// assert_eq!(pages.in_flight(), 1);
/// drop(call);
/// assert_eq!(pages.in_flight(), 0);
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a load ends or does not")]
pub enum Abandon {
    /// The runtime carries it to its end, and its value is stored. A later caller joins it.
    #[default]
    Finish,
    /// It is dropped, at once or at the end of the poll in progress.
    Abort,
}

/// How many writes may be pending after their callers have been answered; the callers of the next
/// one wait until one of them has ended.
const PENDING_WRITES: usize = 1024;

impl<M: Threading> Engine<M> {
    /// Makes the state of a cache; `drive` makes the task that drives a flight's load.
    pub(crate) fn new(
        made_of: EngineParts<M>,
        evictions: Option<Evictions<M>>,
        permits: Option<Permits<M>>,
        tickets: Option<Tickets<M>>,
        writes: Option<Writes<M>>,
        (drive, sweeps): (fn(Arc<Flight<M>>) -> M::Task, Option<Sweeps<M>>),
        keys: ClaimedKeys<M>,
    ) -> Arc<Self> {
        let EngineParts { runtime, source, fixed, registry, settings, hooks } = made_of;
        let (tallied, slow) = {
            let storage = source.snapshot();
            (fixed && storage.start_tally(), !(fixed && storage.is_immediate()))
        };
        let Resilience { seed, .. } = settings.resilience;
        Arc::new(Self {
            runtime,
            source,
            fixed,
            registry,
            settings,
            flights: Flights::new(slow.then_some(settings.storage_timeout), drive, keys),
            counters: Counters::default(),
            tallied,
            writes,
            evictions,
            victim_stayed: AtomicBool::new(false),
            asks_nothing: permits.is_none() && tickets.is_none(),
            permits,
            tickets,
            failures: Failures::new(),
            dice: Dice::new(seed),
            hooks,
            sweeps,
            swept: AtomicBool::new(false),
        })
    }

    /// Returns the current configuration, for a call to keep.
    pub(crate) fn snapshot(&self) -> Arc<M::Configuration> {
        self.source.snapshot()
    }

    /// Returns the time, and the deadline of a load that begins now: after the method's timeout, or
    /// else the registry's.
    ///
    /// The coarse clock suffices for timeouts much longer than its lag.
    pub(crate) fn begin(&self, configuration: &M::Configuration) -> (Instant, Instant) {
        match self.settings.resilience.max_loads {
            // There never is a permit.
            Some(MaxLoads { loads: 0, .. }) => self.begin_with(Some(Duration::ZERO)),
            _ => self.begin_with(configuration.method_timeout()),
        }
    }

    /// Returns how long a load may take.
    pub(crate) fn timeout(&self, configuration: &M::Configuration) -> Option<Duration> {
        configuration.method_timeout().or_else(|| self.lock_timeout())
    }

    /// The same, where loads are not bounded and the method has this timeout.
    pub(crate) fn begin_with(&self, method_timeout: Option<Duration>) -> (Instant, Instant) {
        let timeout = method_timeout.or_else(|| self.lock_timeout());
        let now = match timeout {
            Some(timeout) if timeout < Duration::from_secs(1) => self.runtime.now(),
            _ => {
                let (now, lag) = self.runtime.coarse();
                now + lag
            }
        };
        (now, timeout.map_or(Instant::NEVER, |timeout| now + timeout))
    }

    /// How long an update may hold its key where the method has no timeout.
    pub(crate) fn lock_timeout(&self) -> Option<Duration> {
        match &self.registry {
            Registry::BuiltIn { lock_timeout } => *lock_timeout,
            Registry::Own(registry) => registry.lock_timeout(),
        }
    }

    /// Returns the user's registry, if there is one.
    pub(crate) fn own_registry(&self) -> Option<&M::Registry> {
        match &self.registry {
            Registry::BuiltIn { .. } => None,
            Registry::Own(registry) => Some(registry),
        }
    }

    /// Returns the hash by which flights find a key: the storage's own, if it has one and never
    /// changes.
    pub(crate) fn hash(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> u64 {
        let shared = if self.fixed { configuration.hash_of(key) } else { None };
        shared.unwrap_or_else(|| self.flights.hash_one(key))
    }

    /// Supersedes all loads of `key` that have begun by now.
    pub(crate) fn supersede(&self, configuration: &M::Configuration, key: &KeyOf<M>) {
        let hash = self.hash(configuration, key);
        self.flights.supersede(key, hash);
        if let Some(registry) = self.own_registry() {
            registry.supersede(Some(key));
            // A load that has begun meanwhile may wait for a stale one.
            self.flights.supersede(key, hash);
        }
        self.failures.forget(key, hash);
    }

    /// Supersedes all loads that have begun by now.
    pub(crate) fn supersede_all(&self) {
        self.flights.supersede_all();
        if let Some(registry) = self.own_registry() {
            registry.supersede(None);
            self.flights.supersede_all();
        }
        self.failures.forget_all();
    }

    /// Notes that the stored entry of a key is out of date.
    #[cold]
    pub(crate) fn owe(&self, key: &KeyOf<M>) {
        if let Some(writes) = &self.writes
            && !planted::is(Fault::DebtForgotten)
            && !writes.lanes.owed.note(key)
        {
            writes.note(Fate::AllHidden);
        }
    }

    /// Returns whether the stored entry of any key may have to be hidden, or asked about: no look
    /// of its own answers a call.
    #[inline]
    pub(crate) fn hides_any(&self) -> bool {
        self.owes_any() || self.validates()
    }

    /// Returns whether the stored entry of any key may be out of date.
    #[inline]
    pub(crate) fn owes_any(&self) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.lanes.owed.any())
    }

    /// Returns whether the user is asked about each stored entry that is to answer.
    #[inline]
    pub(crate) const fn validates(&self) -> bool {
        self.hooks.valid.is_some()
    }

    /// Asks the user whether a stored entry may answer. Not to be called under a lock.
    #[inline(never)]
    pub(crate) fn is_valid(&self, key: &KeyOf<M>, entry: &CacheEntry<ValueOf<M>>) -> bool {
        self.hooks.valid.as_ref().is_none_or(|validity| validity.is_valid(key, entry))
    }

    /// Asks the user about an entry that was found; one that is refused is dead from now on.
    #[inline]
    pub(crate) fn checked(
        &self,
        key: &KeyOf<M>,
        entry: CacheEntry<ValueOf<M>>,
        now: Instant,
    ) -> CacheEntry<ValueOf<M>> {
        match &self.hooks.valid {
            None => entry,
            Some(validity) => (validity.checked)(validity, key, entry, now),
        }
    }

    /// Returns what a look that begins now may see of a key. Its result is [valid](Self::shows) if
    /// that is the same at its end.
    #[inline]
    pub(crate) fn sight(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> Sight {
        self.writes.as_ref().map_or(ALL, |writes| (writes.sight)(writes, configuration, key, None))
    }

    /// Returns whether the result of a look that began with this sight is valid.
    pub(crate) fn shows(
        &self,
        configuration: &M::Configuration,
        key: &KeyOf<M>,
        sight: Sight,
        entry: &CacheEntry<ValueOf<M>>,
    ) -> bool {
        let Some(writes) = &self.writes else { return true };
        let until = entry.retain_until.max(entry.expires_after);
        let found = FoundTimes { created: entry.created, until };
        sight.is_some() && (writes.sight)(writes, configuration, key, Some(found)) == sight
    }

    /// Returns whether an entry is from a write that ended without an answer, and out of date.
    pub(crate) fn is_late(&self, key: &KeyOf<M>, entry: &CacheEntry<ValueOf<M>>) -> bool {
        let until = entry.retain_until.max(entry.expires_after);
        let found = FoundTimes { created: entry.created, until };
        self.writes.as_ref().is_some_and(|writes| writes.lanes.owed.hides(key, Some(found)))
    }

    /// Returns the counts of the cache so far.
    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.counters.read();
        stats.loads = stats.loads.wrapping_add(self.flights.claimed_loads());
        let configuration = self.snapshot();
        let storage = configuration;
        if self.tallied {
            stats.hits = stats.hits.wrapping_add(storage.tally());
        }
        let departures = storage.departures();
        stats.evicted = stats.evicted.wrapping_add(departures.evicted);
        stats.expired = departures.expired;
        stats
    }

    /// Sets the capacity if one is given, and returns how much is stored.
    pub(crate) fn bounds(&self, capacity: Option<usize>) -> Bounds {
        self.snapshot().measure(capacity)
    }

    /// Returns whether there is an observer.
    #[inline]
    pub(crate) const fn is_observed(&self) -> bool {
        self.hooks.observer.is_some()
    }

    /// Reports an event to the observer, if there is one. Not to be called under a lock.
    #[inline]
    pub(crate) fn tell<'e>(
        &self,
        event: impl FnOnce() -> Event<'e, KeyOf<M>, ValueOf<M>, ErrorOf<M>>,
    ) where
        M: 'e,
    {
        if let Some(observer) = &self.hooks.observer {
            drop(contained(|| observer.observe(&event())));
        }
    }

    /// Counts a failure of the storage.
    #[cold]
    pub(crate) fn storage_failed(&self, key: Option<&KeyOf<M>>, operation: Operation) {
        self.counters.storage_errors.count();
        self.tell(|| Event::StorageFailed { key, operation });
    }

    /// Returns whether an old entry may stand in for a load with this failure, once it has expired.
    pub(crate) fn stands_in(&self, failure: &Failure<ErrorOf<M>>) -> bool {
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

    pub(crate) fn is_in_flight(&self, configuration: &M::Configuration, key: &KeyOf<M>) -> bool {
        self.flights.contains(key, self.hash(configuration, key))
            || self.own_registry().is_some_and(|registry| registry.is_being_updated(key))
    }

    /// Returns whether writes of one key have to be kept apart: a storage without waits that bounds
    /// itself does so under its own lock.
    pub(crate) fn writes_take_turns(configuration: &M::Configuration, waits: bool) -> bool {
        waits || configuration.bounds()
    }
}
