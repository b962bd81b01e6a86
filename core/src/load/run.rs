//! One load from its start to its last consequence.

use core::future::Future;

use super::{Ending, First, LoadContext, built, conclude, due, expire, started, store, sweep};
use crate::{
    call::refuse,
    configuration::AnyConfiguration,
    engine::{Engine, Permitting, Stored, WriteTask},
    entry::CacheEntry,
    flights::{Flight, Nested},
    future::{contained_future, until},
    planted::{self, Fault},
    reading::{Seen, again},
    runtime::{AnyClock, Load, Threading, ValueOf},
    sync::{Arc, Ordering},
    time::Instant,
};

use alloc::boxed::Box;

/// Loads, lands and stores.
///
/// If it is dropped at any point, the flight ends: its callers get
/// [`Failure::Abandoned`](crate::Failure::Abandoned) unless it has landed, its key is free, and
/// nothing more is stored.
///
/// The rare waits of a load are boxed, so that most loads are small.
pub(crate) async fn run<M: Threading>(context: LoadContext<M>, load: Load<M>) {
    let LoadContext { mut departure, first, snapshot, old, limits, prompt, polled, waits } =
        context;
    let ticket = departure.start();
    let (engine, flight) = (&departure.engine, &departure.flight);
    let configuration = &*snapshot;
    let bound = flight.runtime();
    let runtime = &*bound;
    let mut ending = Ending::new(engine, flight, ticket);

    let (now, deadline) = match first {
        First::Nothing => (prompt.unwrap_or_else(|| runtime.now()), flight.deadline),
        First::Wait(first) => {
            if !Box::pin(begun_after(engine, flight, &first)).await {
                return;
            }
            engine.begin(configuration)
        }
        First::Look(again) => {
            let found = again(engine.clone(), snapshot.clone(), flight.clone()).await;
            // An entry that others may share comes from the current storage, which is checked after
            // the look.
            // The load behind a stale answer is not that caller's own.
            let own = !flight.is_refresh();
            let answers =
                |entry: &_| configuration.is_current() && !(own && refuse(engine, &limits, entry));
            if let Some(entry) = found.filter(answers) {
                flight.find();
                ending.land(Ok(entry));
                drop(ending);
                // A victim may have had to stay for this very flight.
                if let Some(evicting) = evicting(engine, &snapshot, &bound, false) {
                    evicting.await;
                }
                return;
            }
            let counts = flight.begin();
            match flight.is_refresh() {
                true => engine.counters.refreshes.count(),
                false if counts => engine.counters.loads.count(),
                false => {}
            }
            let (now, deadline) = engine.begin(configuration);
            // Its task may have stood still meanwhile, and another load have taken its place.
            (now, if due(engine, flight) <= now { flight.deadline } else { deadline })
        }
    };
    let start = || {
        if !polled {
            flight.tell_begin();
            started(engine, flight.subject());
        }
        load
    };
    let load = permitted(engine, flight, deadline, polled.then_some(now), contained_future(start));
    let timed = until::<_, M>(deadline, now, runtime, load, polled);
    let (begun, ran) = match timed.await {
        Ok((begun, ran)) => (begun, Ok(ran)),
        Err(timed_out) => (now, Err(timed_out)),
    };
    let now = runtime.now();
    let took = now.saturating_since(begun);
    let mut kept_out = false;
    let landed = built(engine, configuration, &flight.key, &mut kept_out, ran, now, took);
    if kept_out {
        flight.keep_out();
    }
    flight.tell_end();
    let current = || ending.is_current();
    conclude(engine, flight.subject(), &landed, old.as_deref(), now, took, &current);
    let stored = match (landed, &engine.writes) {
        (Ok(entry), None) => {
            let stored = store(configuration, &mut ending, entry, now);
            drop(ending);
            stored
        }
        (Ok(entry), Some(writes)) => {
            let (snapshot, flight) = (snapshot.clone(), flight.clone());
            let ticket = ending.pass_on();
            let written = WriteTask { snapshot, flight, ticket, entry, now, waits };
            (writes.write)(engine.clone(), written).await
        }
        (Err(failure), _) => {
            ending.land(Err(failure));
            drop(ending);
            Stored::Superseded
        }
    };
    sweep(engine, &bound);
    let written = matches!(stored, Stored::Kept | Stored::Failed(_));
    if let Some(evicting) = evicting(engine, &snapshot, &bound, written) {
        evicting.await;
    }
}

/// Waits until the flight before is over, and begins; `false` if no caller waits any more.
pub(super) async fn begun_after<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    first: &Arc<Flight<M>>,
) -> bool {
    let runtime = &*flight.runtime();
    let bounded = !planted::is(Fault::FirstUnbounded);
    let due = if bounded { due(engine, first) } else { Instant::NEVER };
    let _nested = Nested::of(first.name());
    let over = until::<_, M>(due, runtime.now(), runtime, first.over(), false);
    // Its driver and its waiters may stand still.
    if over.await.is_err() && !expire(engine, first, None) {
        // Its driver polls it, and will see the deadline; its key is free now.
        engine.flights.leave(first);
        first.supersede();
    }
    engine.flights.begin_waiting(flight, runtime.now())
}

/// Makes the task that releases victims once something has been `written`, or after a victim has
/// had to stay for a flight.
pub(super) fn evicting<M: Threading>(
    engine: &Arc<Engine<M>>,
    snapshot: &Arc<M::Configuration>,
    runtime: &Arc<M::Clock>,
    written: bool,
) -> Option<M::Task> {
    let evictions = engine.evictions.as_ref().filter(|_| snapshot.bounds())?;
    let any = written || engine.victim_stayed.load(Ordering::Acquire);
    any.then(|| (evictions.evict)(engine.clone(), snapshot.clone(), runtime.clone()))
}

/// Returns the entry that the storage holds by now, if it makes the load needless.
pub(crate) async fn found_meanwhile<M: Threading>(
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

/// Runs a load that has not `begun` once it has a permit, if loads are bounded, and returns when it
/// began.
async fn permitted<M: Threading, F: Future>(
    engine: &Arc<Engine<M>>,
    flight: &Arc<Flight<M>>,
    deadline: Instant,
    begun: Option<Instant>,
    load: F,
) -> (Instant, F::Output) {
    let _permit = match &engine.permits {
        Some(permits) if begun.is_none() && !planted::is(Fault::PermitsIgnored) => {
            let (engine, flight) = (engine.clone(), flight.clone());
            let permitting = Permitting { engine, flight, deadline };
            Some((permits.permitted)(permits.pool.clone(), permitting).await)
        }
        _ => None,
    };
    let begun = begun.unwrap_or_else(|| flight.runtime().now());
    (begun, load.await)
}
