//! What follows from how a load ran: an entry or a failure, the accounts, and when to try again.

use core::time::Duration;

use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::Failure,
    flights::Flight,
    future::{TimedOut, contained, drop_contained},
    observer::Event,
    resilience::Verdict,
    runtime::{AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// How a load ran: to its end, into a panic, or out of time.
pub(crate) type Ran<T> = Result<Result<T, Arc<str>>, TimedOut>;

/// Tells the observer that the method is about to be called.
pub(crate) fn started<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) {
    engine.tell(|| {
        flight.tell_begin();
        Event::LoadStarted { key: &flight.key, trigger: flight.trigger() }
    });
}

/// What a load yields to its callers, and to the storage.
#[inline(never)]
pub(crate) fn built<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    flight: &Flight<M>,
    ran: Ran<Result<Cached<ValueOf<M>>, ErrorOf<M>>>,
    now: Instant,
    took: Duration,
) -> LandedOf<M> {
    let value = ran
        .map_err(|TimedOut| Failure::TimedOut)?
        .map_err(Failure::Panicked)?
        .map_err(|error| Failure::Method(Arc::new(error)))?;
    let build = || {
        if value.is_kept_out() || !configuration.keeps(&flight.key, value.value()) {
            flight.keep_out();
        }
        entry(engine, configuration, &flight.key, value, now, took)
    };
    contained(build).map_err(Failure::Panicked)
}

/// The entry of a value, loaded or inserted, and however long that took.
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

/// Counts what a load has come to, and notes when it may be tried again, if it is `current`.
#[inline(never)]
pub(crate) fn conclude<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
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
            forget(engine, flight, now, current);
            None
        }
        Ok(_) => None,
        Err(failure) => failed(engine, flight, failure, old, now, current),
    };
    engine.tell(|| {
        // If its time was over before it began, it is told all the same, as it counts.
        flight.tell_end();
        let (key, trigger, result) = (&flight.key, flight.trigger(), landed.as_ref());
        Event::LoadEnded { key, trigger, result, took, retried_after }
    });
}

/// By when a flight has landed if anything drives it.
pub(crate) fn due<M: Threading>(engine: &Engine<M>, flight: &Flight<M>) -> Instant {
    // A storage that waits may be looked into before the load begins, and waited for after it.
    let storage = match engine.snapshot().is_immediate() {
        true => Duration::ZERO,
        false => engine.settings.storage_timeout.saturating_mul(2),
    };
    flight.deadline + storage
}

/// Ends a flight that has had its time; `false` if another one polls its load just now.
pub(crate) fn expire<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
) -> bool {
    let Some(load) = flight.take_out() else { return flight.landing.has_landed() };
    // The one that has the load, and no other, can say how it ended.
    let (timed_out, now) = (Err(Failure::TimedOut), engine.runtime.now());
    let current = || flight.is_current();
    // What another holder loads is not this cache's to count.
    if !flight.is_elsewhere() {
        conclude(engine, flight, &timed_out, old, now, Duration::ZERO, &current);
    }
    engine.flights.leave(flight);
    flight.supersede();
    flight.landing.land(timed_out);
    drop_contained(load);
    true
}

/// Forgets that loads of the key have failed, and what is of no use any more.
#[cold]
fn forget<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
    now: Instant,
    current: &dyn Fn() -> bool,
) {
    if current() {
        engine.failures.forget(&flight.key, flight.hash);
    }
    engine.failures.tidy(now);
}

/// Counts a failure, notes it, and returns for how long the load is not tried again.
#[cold]
fn failed<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
    failure: &Failure<ErrorOf<M>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
    now: Instant,
    current: &dyn Fn() -> bool,
) -> Option<Duration> {
    let counters = &engine.counters;
    match failure {
        Failure::TimedOut => counters.timeouts.count(),
        Failure::Panicked(_) => counters.panics.count(),
        Failure::Method(_) if !flight.is_refresh() => counters.load_failures.count(),
        _ => {}
    }
    if flight.is_refresh() {
        counters.refresh_failures.count();
    }
    note(engine, flight, failure, old, now, current)
}

/// Notes a failure, and returns for how long the load is not tried again.
fn note<M: Threading>(
    engine: &Engine<M>,
    flight: &Flight<M>,
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
    let verdict = Verdict { failure, old, stands_in, kept_for, share, most };
    let (key, hash) = (&flight.key, flight.hash);
    engine.failures.note(key, hash, now, &resilience.backoff, &verdict, current)
}

/// How many pauses are kept, however few entries there are.
const FEW: usize = 64;

/// How many pauses are kept at most where it takes time to count the entries.
const PAUSES: usize = 4096;
