//! The consequences of a load: an entry or a failure, the counts, and the time of the next attempt.

use core::time::Duration;

use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::{Failure, Way},
    flights::{Flight, Kind, Subject},
    future::{TimedOut, contained, drop_contained},
    observer::Event,
    resilience::FailedLoad,
    runtime::{AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// How a load ran: to its end, into a panic, or out of time.
pub(crate) type Ran<T> = Result<Result<T, Arc<str>>, TimedOut>;

/// Reports to the observer that the method is about to be called.
pub(crate) fn started<M: Threading>(engine: &Engine<M>, subject: Subject<'_, M>) {
    let Subject { key, kind, .. } = subject;
    engine.tell(|| Event::LoadStarted { key, trigger: kind.trigger() });
}

/// Makes the result of a load, for its callers and, unless it is `kept_out`, for the storage.
#[inline(never)]
pub(crate) fn built<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    kept_out: &mut bool,
    ran: Ran<Result<Cached<ValueOf<M>>, ErrorOf<M>>>,
    now: Instant,
    took: Duration,
) -> LandedOf<M> {
    let value = ran
        .map_err(|TimedOut| Failure::TimedOut)?
        .map_err(Failure::Panicked)?
        .map_err(|error| Failure::Method(Arc::new(error)))?;
    let build = || {
        *kept_out = value.is_kept_out() || !configuration.keeps(key, value.value());
        entry(engine, configuration, key, value, now, took)
    };
    contained(build).map_err(Failure::Panicked)
}

/// Makes the entry of a value, loaded or inserted, and measures how long it took.
#[inline]
pub(crate) fn entry<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    value: Cached<ValueOf<M>>,
    now: Instant,
    took: Duration,
) -> CacheEntry<ValueOf<M>> {
    let entry = value.built(now, |value| configuration.build(key, value, now));
    engine.settings.resilience.dated(entry, took, &engine.dice)
}

/// Counts the result of a load, and notes when it may be tried again, if it is `current`.
#[inline(never)]
pub(crate) fn conclude<M: Threading>(
    engine: &Engine<M>,
    subject: Subject<'_, M>,
    landed: &LandedOf<M>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
    now: Instant,
    took: Duration,
    current: &dyn Fn() -> bool,
) {
    if !took.is_zero() {
        engine.counters.load_time.add(took);
    }
    let retried_after = match landed {
        Ok(_) if engine.failures.any() => {
            forget(engine, subject, now, current);
            None
        }
        Ok(_) => None,
        Err(failure) => failed(engine, subject, failure, old, now, current),
    };
    // If its time was over before it began, that is reported all the same, as it counts.
    let (key, trigger, result) = (subject.key, subject.kind.trigger(), landed.as_ref());
    let way = Way::UNKNOWN;
    engine.tell(|| Event::LoadEnded { key, trigger, result, took, retried_after, way });
}

/// Returns the time by which a flight has landed if anything drives it.
pub(crate) fn due<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) -> Instant {
    // A storage that waits may be looked into before the load begins, and waited for after it.
    let storage = match engine.snapshot().is_immediate() {
        true => Duration::ZERO,
        false => engine.settings.storage_timeout.saturating_mul(2),
    };
    flight.deadline + storage
}

/// Ends a flight whose time is over; `false` if its load is being polled just now.
pub(crate) fn expire<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
) -> bool {
    let Some(load) = flight.take_out() else { return flight.landing.has_landed() };
    // Only the thread that has taken the load can decide how it ended.
    let (timed_out, now) = (Err(Failure::TimedOut), engine.runtime.now());
    let current = || flight.is_current();
    flight.tell_end();
    // A load of another holder is not counted in this cache.
    if !flight.is_elsewhere() {
        conclude(engine, flight.subject(), &timed_out, old, now, Duration::ZERO, &current);
    }
    engine.flights.leave(flight);
    flight.supersede();
    flight.landing.land(timed_out);
    drop_contained(load);
    true
}

/// Forgets the failures of the key's loads, and notes that are of no use any more.
#[cold]
fn forget<M: Threading>(
    engine: &Engine<M>,
    subject: Subject<'_, M>,
    now: Instant,
    current: &dyn Fn() -> bool,
) {
    if current() {
        engine.failures.forget(subject.key, subject.hash);
    }
    engine.failures.tidy(now);
}

/// Counts a failure, notes it, and returns how long the load is not tried again.
#[cold]
fn failed<M: Threading>(
    engine: &Engine<M>,
    subject: Subject<'_, M>,
    failure: &Failure<ErrorOf<M>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
    now: Instant,
    current: &dyn Fn() -> bool,
) -> Option<Duration> {
    let counters = &engine.counters;
    match failure {
        Failure::TimedOut => counters.timeouts.count(),
        Failure::Panicked(_) => counters.panics.count(),
        Failure::Method(_) if subject.kind != Kind::Refresh => counters.load_failures.count(),
        _ => {}
    }
    if subject.kind == Kind::Refresh {
        counters.refresh_failures.count();
    }
    note(engine, subject, failure, old, now, current)
}

/// Notes a failure, and returns how long the load is not tried again.
fn note<M: Threading>(
    engine: &Engine<M>,
    subject: Subject<'_, M>,
    failure: &Failure<ErrorOf<M>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
    now: Instant,
    current: &dyn Fn() -> bool,
) -> Option<Duration> {
    let resilience = &engine.settings.resilience;
    let old = old.filter(|old| now < old.retain_until);
    let stands_in = engine.stands_in(failure);
    let kept_for = match failure {
        Failure::Method(_) if old.is_none() || !stands_in => resilience.cache_errors_for,
        _ => Duration::ZERO,
    };
    if old.is_none() && kept_for.is_zero() {
        return None;
    }
    let share = engine.dice.share();
    let most = match engine.snapshot() {
        storage if storage.is_immediate() => storage.measure(None).len.unwrap_or(0).max(FEW),
        _ => PAUSES,
    };
    let verdict = FailedLoad { failure, old, stands_in, kept_for, share, most };
    let Subject { key, hash, .. } = subject;
    engine.failures.note(key, hash, now, &resilience.backoff, &verdict, current)
}

/// How many pauses are kept, however few entries there are.
const FEW: usize = 64;

/// How many pauses are kept at most where it takes time to count the entries.
const PAUSES: usize = 4096;
