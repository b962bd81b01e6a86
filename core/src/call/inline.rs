//! A load that may be ready at its first poll.

use core::{
    pin::Pin,
    task::{Context, Poll},
};

use super::{claiming::Claiming, request::Request};
use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::Failure,
    flights::{Flight, is_deep},
    future::{TimedOut, contained, drop_contained},
    load::{
        Departure, First, LoadContext, Past, Ran, TaskFns, built, conclude, offer, started, sweep,
    },
    runtime::{AnyAsk, AnyClock, ErrorOf, Load, Threading, ValueOf},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// Returns whether a load can be followed from its first poll to its entry without a wait: by a
/// caller in the runtime's context with room on its stack, into a storage that is done at once and
/// bounds itself.
pub(super) fn can_run_inline<M: Threading>(engine: &Engine<M>, request: &Request<M>) -> bool {
    request.snapshot.is_immediate()
        && !request.snapshot.bounds()
        && matches!(request.first, First::Nothing)
        && engine.asks_nothing
        && engine.runtime.entered()
        && !is_deep()
}

/// How a first poll ended.
pub(super) enum Inline<M: Threading> {
    /// The flight is over, and this is for its leader; the others have theirs.
    Landed(LandedOf<M>),
    /// The load waits.
    Waits(Arc<Flight<M>>, Polled<M>),
}

/// A load that has been polled once, and what makes a task of it.
pub(super) struct Polled<M: Threading> {
    load: Load<M>,
    tasks: TaskFns<M>,
    snapshot: Arc<M::Configuration>,
    old: Past<ValueOf<M>>,
}

/// Makes the load and polls it once, in place of a load in its slot, which costs more.
///
/// What is done with the value is what [`run`](crate::load::run) does with it.
#[inline(never)]
pub(super) fn run_inline<M: Threading>(
    engine: &Arc<Engine<M>>,
    claiming: Claiming<'_, M>,
    request: &mut Request<M>,
    now: Instant,
    ask: &mut dyn AnyAsk<M>,
    cx: &mut Context<'_>,
) -> Inline<M> {
    let ran = if claiming.claim.deadline <= now {
        Err(TimedOut)
    } else {
        let _inside = claiming.inside();
        started(engine, claiming.claim.subject());
        let ran = match contained(|| request.load(ask)) {
            Err(panic) => Err(panic),
            Ok(mut load) => match contained(|| Pin::new(&mut load).poll(cx)) {
                Ok(Poll::Pending) => {
                    let (tasks, old) = (request.tasks, request.old.take());
                    let snapshot = request.snapshot.clone();
                    let flight = claiming.into_flight();
                    flight.tell_begin();
                    return Inline::Waits(flight, Polled { load, tasks, snapshot, old });
                }
                Ok(Poll::Ready(result)) => {
                    drop_contained(load);
                    Ok(result)
                }
                Err(panic) => {
                    drop_contained(load);
                    Err(panic)
                }
            },
        };
        Ok(ran)
    };
    let old = request.old.as_deref();
    let landed = landed(engine, &request.snapshot, claiming, ran, old, now);
    sweep(engine, &engine.runtime, request.tasks.sweeps);
    Inline::Landed(landed)
}

fn landed<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    claiming: Claiming<'_, M>,
    ran: Ran<Result<Cached<ValueOf<M>>, ErrorOf<M>>>,
    old: Option<&CacheEntry<Option<ValueOf<M>>>>,
    begun: Instant,
) -> LandedOf<M> {
    let now = engine.runtime.now();
    let took = now.saturating_since(begun);
    let mut kept_out = false;
    let landed = built(engine, configuration, &claiming.claim.key, &mut kept_out, ran, now, took);
    let current = || claiming.is_current();
    conclude(engine, claiming.claim.subject(), &landed, old, now, took, &current);
    if let Ok(entry) = &landed {
        offer(engine, configuration, claiming.claim.subject(), kept_out, entry, now, &current);
    }
    match claiming.end() {
        None => landed,
        Some(flight) => shared(engine, &flight, landed),
    }
}

/// Ends a flight that others have to do with, and returns what is for its leader.
#[cold]
fn shared<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    landed: LandedOf<M>,
) -> LandedOf<M> {
    if engine.flights.leave(flight) {
        return landed;
    }
    flight.landing.land(landed);
    flight.landing.landed().map_or(Err(Failure::Abandoned), |landed| LandedOf::<M>::clone(&landed))
}

impl<M: Threading> Polled<M> {
    /// Makes the task that goes on, which is polled next for its timer.
    pub(super) fn into_task(self, engine: &Arc<Engine<M>>, flight: &Arc<Flight<M>>) -> M::Task {
        let Self { load, tasks, snapshot, old } = self;
        let context = LoadContext {
            departure: Departure::new(engine.clone(), flight.clone()),
            first: First::Nothing,
            snapshot,
            old,
            sweeps: tasks.sweeps,
            // Read anew: how long the load takes is reckoned from here.
            prompt: Some(engine.runtime.now()),
            polled: true,
            waits: false,
        };
        (tasks.load)(context, load)
    }
}
