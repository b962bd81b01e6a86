//! One load from its start to the last thing that follows from it.

use core::future::Future;

use super::{First, Launchpad, Stored, evict, store};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    entry_builder::CacheEntryBuilder,
    error::Failure,
    eviction::EvictionStrategy,
    flight::{Flight, TimedOut, contained, contained_future, until},
    parts::Parts,
    reading::{Seen, again},
    runtime::Runtime,
    statuses::{Landed, UpdateStatuses},
    sync::{Arc, Ordering},
    time::Instant,
};

use alloc::boxed::Box;

/// Loads, lands and stores.
///
/// Dropped at any point, the flight ends: its callers get [`Failure::Abandoned`] unless it has
/// landed, its key is free, and nothing more is stored.
///
/// What most loads never wait for is boxed, so that those are small.
pub(crate) async fn run<P, F, Fut>(pad: Launchpad<P>, start: F)
where
    P: Parts,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<P::Value, P::Error>>,
{
    let Launchpad { mut departure, first, snapshot, prompt, polled, waits } = pad;
    let ticket = departure.start();
    let (engine, flight) = (&departure.engine, &departure.flight);
    let configuration = engine.source.current(&snapshot);
    let runtime = flight.runtime();
    let mut ending = Ending::new(engine, flight, ticket);

    let (now, deadline) = match first {
        First::Nothing => (prompt.unwrap_or_else(|| runtime.now()), flight.deadline),
        First::Wait(first) => {
            Box::pin(first.over()).await;
            if !engine.flights.begin_waiting(flight) {
                return;
            }
            engine.begin(configuration)
        }
        First::Look { counts } => {
            let found = Box::pin(found_meanwhile(engine, configuration, flight)).await;
            if let Some(entry) = found {
                flight.find();
                ending.land(Ok(entry));
                return;
            }
            match flight.is_refresh() {
                true => engine.counters.refreshes.count(),
                false if counts => engine.counters.loads.count(),
                false => {}
            }
            engine.begin(configuration)
        }
    };
    let ran = until(deadline, now, runtime, contained_future(start), polled).await;
    let now = runtime.now();
    let stored = match built(configuration, flight, ran, now) {
        Ok(entry) => store(configuration, &mut ending, entry, now, waits).await,
        Err(failure) => {
            count(engine, flight, &failure);
            ending.land(Err(failure));
            Stored::Superseded
        }
    };
    drop(ending);
    let written = !matches!(stored, Stored::Superseded | Stored::Dead);
    if configuration.eviction_strategy().bounds()
        && (written || engine.victim_stayed.load(Ordering::Acquire))
    {
        Box::pin(evict(engine, configuration, runtime)).await;
    }
}

/// What the storage holds by now, if it makes the load needless.
async fn found_meanwhile<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    flight: &Flight<P>,
) -> Option<CacheEntry<P::Value>> {
    match again(engine, configuration, &flight.key).await {
        Seen::Fresh(entry) => Some(entry),
        Seen::Stale(entry) if !flight.is_refresh() => Some(entry),
        _ => None,
    }
}

/// How a load ran: to its end, into a panic, or out of time.
pub(crate) type Ran<T> = Result<Result<T, Arc<str>>, TimedOut>;

pub(crate) fn built<P: Parts>(
    configuration: &P::Current,
    flight: &Flight<P>,
    ran: Ran<Result<P::Value, P::Error>>,
    now: Instant,
) -> Landed<P::Value, P::Error> {
    let value = ran
        .map_err(|TimedOut| Failure::TimedOut)?
        .map_err(Failure::Panicked)?
        .map_err(|error| Failure::Method(Arc::new(error)))?;
    let build = || entry::<P>(configuration, &flight.key, value, now);
    contained(build).map_err(Failure::Panicked)
}

/// The entry of a value, whoever brings it.
pub(crate) fn entry<P: Parts>(
    configuration: &P::Current,
    key: &P::Key,
    value: P::Value,
    now: Instant,
) -> CacheEntry<P::Value> {
    let entry = configuration.entry_builder().build(key, value, now);
    CacheEntry { retain_until: entry.expires_after, ..entry }
}

pub(crate) fn count<P: Parts>(engine: &Engine<P>, flight: &Flight<P>, failure: &Failure<P::Error>) {
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
}

/// Sees to it that a flight ends, even if its load is dropped.
pub(crate) struct Ending<'a, P: Parts> {
    pub(crate) engine: &'a Engine<P>,
    pub(crate) flight: &'a Arc<Flight<P>>,
    ticket: Option<P::Ticket>,
    over: bool,
}

impl<'a, P: Parts> Ending<'a, P> {
    pub(crate) const fn new(
        engine: &'a Engine<P>,
        flight: &'a Arc<Flight<P>>,
        ticket: Option<P::Ticket>,
    ) -> Self {
        Self { engine, flight, ticket, over: false }
    }

    /// Leaves the ending to whoever takes the ticket.
    pub(crate) fn pass_on(mut self) -> Option<P::Ticket> {
        self.over = true;
        self.ticket.take()
    }

    /// Whether what the load brought may still be stored, as far as a user's registry knows.
    pub(crate) fn ask_registry(&self) {
        let (statuses, flight) = (&self.engine.statuses, self.flight);
        if self.ticket.as_ref().is_some_and(|ticket| !statuses.is_current(&flight.key, ticket)) {
            flight.supersede();
        }
    }

    /// Answers the callers, and keeps the key. A user's registry knows of no such state: its
    /// callers wait for the end.
    pub(crate) fn answer(&self, entry: &CacheEntry<P::Value>) {
        if self.ticket.is_none() {
            self.flight.landing.land(Ok(entry.clone()));
        }
    }

    /// Frees the key and answers the callers.
    pub(crate) fn land(&mut self, landed: Landed<P::Value, P::Error>) {
        self.over = true;
        self.engine.flights.leave(self.flight);
        if let Some(ticket) = self.ticket.take() {
            let (statuses, key) = (&self.engine.statuses, &self.flight.key);
            let told = contained(|| match landed {
                Ok(entry) => statuses.mark_updated(key, &ticket, entry),
                Err(failure) => statuses.mark_update_aborted(key, &ticket, failure),
            });
            // A registry that panics has no way left to hear of it.
            drop(told);
        } else {
            self.flight.landing.land(landed);
        }
    }
}

impl<P: Parts> Drop for Ending<'_, P> {
    fn drop(&mut self) {
        if !self.over {
            self.land(Err(Failure::Abandoned));
        }
    }
}
