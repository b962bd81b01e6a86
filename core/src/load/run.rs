//! One load from its start to the last thing that follows from it.

use core::future::Future;

use super::{
    Ending, First, LoadContext, Stored, built, conclude, due, expire, started, store, sweep,
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    flights::Flight,
    future::{contained_future, until},
    planted::{self, Fault},
    reading::{Seen, again},
    runtime::{AnyClock, BoxFuture, Load, Threading, ValueOf},
    sync::Ordering,
    time::Instant,
};

use alloc::boxed::Box;

/// Loads, lands and stores.
///
/// Dropped at any point, the flight ends: its callers get
/// [`Failure::Abandoned`](crate::Failure::Abandoned) unless it has landed, its key is free, and nothing
/// more is stored.
///
/// What most loads never wait for is boxed, so that those are small.
pub(crate) async fn run<M: Threading>(context: LoadContext<M>, load: Load<M>) {
    let LoadContext { mut departure, first, snapshot, old, sweeps, nested, prompt, polled, waits } =
        context;
    let ticket = departure.start();
    let (engine, flight) = (&departure.engine, &departure.flight);
    let configuration = &*snapshot;
    let runtime = flight.runtime();
    let mut ending = Ending::new(engine, flight, ticket);

    let (now, deadline) = match first {
        First::Nothing => (prompt.unwrap_or_else(|| runtime.now()), flight.deadline),
        First::Wait(first) => {
            let due = due(engine, &first);
            let over = until::<_, M>(due, runtime.now(), runtime, first.over(), false);
            // Whoever drives it, and whoever waits for it, may stand still.
            if Box::pin(over).await.is_err() && !expire(engine, &first, None) {
                // Another one polls it, who will see the deadline; its key is free now.
                engine.flights.leave(&first);
                first.supersede();
            }
            if !engine.flights.begin_waiting(flight) {
                return;
            }
            engine.begin(configuration)
        }
        First::Look { counts } => {
            let found = Box::pin(found_meanwhile(engine, configuration, flight)).await;
            // What others may share comes from the storage of the moment, asked after the look.
            if let Some(entry) = found.filter(|_| configuration.is_current()) {
                flight.find();
                ending.land(Ok(entry));
                return;
            }
            let counts = flight.begin() && counts;
            match flight.is_refresh() {
                true => engine.counters.refreshes.count(),
                false if counts => engine.counters.loads.count(),
                false => {}
            }
            engine.begin(configuration)
        }
    };
    let start = || {
        if !polled {
            started(engine, flight);
        }
        load
    };
    let load = placed(engine, runtime, nested, polled.then_some(now), contained_future(start));
    let timed = until::<_, M>(deadline, now, runtime, load, polled);
    let (begun, ran) = match timed.await {
        Ok((begun, ran)) => (begun, Ok(ran)),
        Err(timed_out) => (now, Err(timed_out)),
    };
    let now = runtime.now();
    let took = now.saturating_since(begun);
    let landed = built(engine, configuration, flight, ran, now, took);
    let current = || ending.is_current();
    conclude(engine, flight, &landed, old.as_deref(), now, took, &current);
    let stored = match landed {
        Ok(entry) => store(configuration, &mut ending, entry, now, waits).await,
        Err(failure) => {
            ending.land(Err(failure));
            Stored::Superseded
        }
    };
    drop(ending);
    sweep(engine, flight.shared_runtime(), sweeps);
    let written = !matches!(stored, Stored::Superseded | Stored::Dead);
    if let Some(evictions) = &engine.evictions
        && configuration.bounds()
        && (written || engine.victim_stayed.load(Ordering::Acquire))
    {
        let runtime = flight.shared_runtime().clone();
        (evictions.evict)(engine.clone(), snapshot.clone(), runtime).await;
    }
}

/// What the storage holds by now, if it makes the load needless.
async fn found_meanwhile<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    flight: &Flight<M>,
) -> Option<CacheEntry<ValueOf<M>>> {
    match again(engine, configuration, &flight.key, flight.hash).await {
        Seen::Fresh(entry) => Some(entry),
        Seen::Stale(entry) if !flight.is_refresh() => Some(entry),
        _ => None,
    }
}

/// Runs a load that has not `begun` once there is a place for it, if places are bounded, and tells
/// when it began.
///
/// A load that another one waits for takes none: the other might never give its own back.
async fn placed<M: Threading, F: Future>(
    engine: &Engine<M>,
    runtime: &M::Clock,
    nested: bool,
    begun: Option<Instant>,
    load: F,
) -> (Instant, F::Output) {
    let _place = match &engine.places {
        Some(places) if !nested && begun.is_none() && !planted::is(Fault::PlacesIgnored) => {
            let acquired: BoxFuture<'_, _> = Box::pin(places.acquire());
            Some(acquired.await)
        }
        _ => None,
    };
    let begun = begun.unwrap_or_else(|| runtime.now());
    (begun, load.await)
}
