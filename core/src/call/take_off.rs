//! A call that needs a load: it leads one or joins one.

use core::{mem, ops::ControlFlow, task::Context};

use super::{
    answer::{self, refusal},
    attempt::Attempt,
    inline::can_run_inline,
    leader::Leader,
    request::{Registered, Request},
    stand_in::StandIn,
    waiter::{Waiter, bind},
};
use crate::{
    engine::Engine,
    error::{Error, Failure},
    flights::{Boarding, Demand, Nested},
    load::First,
    observer::Event,
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyAsk, AnyClock, ErrorOf, KeyOf, Threading},
    sync::Arc,
};

use alloc::boxed::Box;

/// A caller who has taken off, and what it can be answered with otherwise.
pub(crate) struct Flown<M: Threading> {
    pub(super) aboard: Aboard<M>,
    pub(super) stand_in: Option<Box<StandIn<M>>>,
}

/// A caller who has taken off.
pub(crate) enum Aboard<M: Threading> {
    /// The load is this caller's.
    Leading(Leader<M>),
    /// It is another one's.
    Joined(Joined<M>),
    /// A registry of the user's knows whose it is.
    Registered(Registered<M>),
}

/// A caller who waits for the load of another, and leads one itself if that is dropped.
pub(crate) struct Joined<M: Threading> {
    pub(super) waiter: Waiter<M>,
    pub(super) request: Request<M>,
    pub(super) attempt: Attempt,
    /// The load that makes this call waits for it.
    _nested: Nested,
}

impl<M: Threading> Joined<M> {
    /// Waits no longer.
    pub(super) fn leave(self) -> (Request<M>, Attempt) {
        (self.request, self.attempt)
    }
}

/// Leads a flight or joins one; a load is polled here for the first time.
pub(super) fn take_off<M: Threading>(
    engine: &Arc<Engine<M>>,
    request: Request<M>,
    key: KeyOf<M>,
    attempt: Attempt,
    ask: &mut dyn AnyAsk<M>,
    cx: &mut Context<'_>,
) -> ControlFlow<AnyAnswer<M>, Aboard<M>> {
    match request.registry {
        None => board(engine, request, key, attempt, ask, cx),
        Some(registry) => {
            (registry.begin)(engine, request, key, attempt, ask).map_continue(Aboard::Registered)
        }
    }
}

/// Leads a flight or joins one, among the engine's own.
pub(super) fn board<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    mut attempt: Attempt,
    ask: &mut dyn AnyAsk<M>,
    cx: &mut Context<'_>,
) -> ControlFlow<AnyAnswer<M>, Aboard<M>> {
    let (mut key, hash) = (Some(key), request.hash);
    loop {
        let configuration = &*request.snapshot;
        let (times, inline) = (engine.begin(configuration), can_run_inline(engine, &request));
        // Most loads that are polled at once do not wait, and need no runtime.
        let runtime = if inline { None } else { engine.runtime.bind() };
        let bound = if inline { engine.runtime.can_bind() } else { runtime.is_some() };
        match engine.flights.board(&mut key, hash, attempt.demand, times, bound, runtime) {
            Boarding::Lead(flight) => {
                let led =
                    Leader::lead(engine, request, flight, attempt, (times.0, inline), ask, cx);
                return led.map_continue(Aboard::Leading);
            }
            Boarding::Join(flight) => {
                let waiter = Waiter::joined(engine, flight);
                let Some(nested) = Nested::of(&waiter.flight) else {
                    return refused(engine, &attempt, Failure::Recursive);
                };
                if !mem::replace(&mut attempt.joined, true) {
                    engine.counters.joins.count();
                    if planted::is(Fault::CountedTwice) {
                        engine.counters.joins.count();
                    }
                    engine.tell(|| Event::Joined { key: &waiter.flight.key });
                }
                let joined = Joined { waiter, request, attempt, _nested: nested };
                return ControlFlow::Continue(Aboard::Joined(joined));
            }
            Boarding::LeadAfter(flight, first) => {
                // What this load waits for must not depend on a leader who may not be polled.
                first.hand_over();
                bind(engine, &flight);
                let first = match planted::is(Fault::ForcedTooSoon) {
                    true => First::Nothing,
                    false => First::Wait(first),
                };
                let request = Request { first, ..request };
                let led = Leader::lead(engine, request, flight, attempt, (times.0, false), ask, cx);
                return led.map_continue(Aboard::Leading);
            }
            Boarding::Landed(landed, newer) => {
                let (joined, dated) = (attempt.joined, request.dated);
                // A leader leaves the key to the flight, and nobody else does.
                let Some(asked) = &key else { unreachable!("the key is the caller's still") };
                match answer::landed(engine, configuration, asked, &landed, joined, dated) {
                    Some(answer) => return ControlFlow::Break(answer),
                    // Expired while it is being stored: what comes after it will do. What has been
                    // found is older.
                    None => {
                        attempt.demand = Demand::After(newer);
                        request.old = None;
                    }
                }
            }
            Boarding::Recursive => return refused(engine, &attempt, Failure::Recursive),
            Boarding::NoRuntime => return refused(engine, &attempt, Failure::NoRuntime),
            Boarding::Busy => {}
        }
    }
}

/// Fails a call without a load. A caller who has joined a flight before has been counted, and stays
/// a joiner.
fn refused<M: Threading>(
    engine: &Engine<M>,
    attempt: &Attempt,
    failure: Failure<ErrorOf<M>>,
) -> ControlFlow<AnyAnswer<M>, Aboard<M>> {
    ControlFlow::Break(Err(match attempt.joined {
        true => Error::joined(failure),
        false => refusal(engine, failure),
    }))
}
