//! A call that needs a load: it leads one or joins one.

use core::{mem, ops::ControlFlow};

use super::{
    aboard::{Aboard, Caller, Joined},
    answer::{self, failed, refusal},
    attempt::Attempt,
    leader::Leader,
    request::Request,
    waiter::Waiter,
};
use crate::{
    engine::Engine,
    error::Failure,
    flights::{Boarding, Demand, Nested},
    load::First,
    observer::Event,
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyClock, ErrorOf, KeyOf, Threading},
    sync::Arc,
};

/// Leads a flight or joins one; a load is polled here for the first time.
pub(super) fn board<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    mut attempt: Attempt,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>> {
    let (mut key, hash, mut runtime) = (Some(key), request.hash, None);
    loop {
        let configuration = &*request.snapshot;
        let times = engine.begin(configuration);
        match engine.flights.board(&mut key, hash, attempt.demand, times, runtime.take()) {
            Boarding::Lead(flight) => {
                let (ask, cx) = (&mut *caller.ask, &mut *caller.cx);
                let led = Leader::lead(engine, request, flight, &attempt, times.0, ask, cx);
                return caller.wait_for(led.map_continue(Aboard::Leading));
            }
            Boarding::Join(flight) => {
                let waiter = Waiter::joined(engine, flight);
                let flight = &waiter.flight;
                if let Some(tickets) = &engine.tickets
                    && (tickets.is_outdated)(engine, flight)
                {
                    engine.flights.leave(flight);
                    flight.supersede();
                    continue;
                }
                return join(engine, request, attempt, waiter, caller);
            }
            Boarding::LeadAfter(flight, first) => {
                // The load that this one waits for must not depend on a leader that may not be
                // polled.
                first.hand_over();
                let first = match planted::is(Fault::ForcedTooSoon) {
                    true => First::Nothing,
                    false => First::Wait(first),
                };
                let request = Request { first, ..request };
                let (ask, cx) = (&mut *caller.ask, &mut *caller.cx);
                let led = Leader::lead(engine, request, flight, &attempt, times.0, ask, cx);
                return caller.wait_for(led.map_continue(Aboard::Leading));
            }
            Boarding::Landed(landed, newer) => {
                let (joined, wants) = (attempt.joined, request.wants());
                // A leader leaves the key to the flight, and no other caller does.
                let Some(asked) = &key else { unreachable!("the key is the caller's still") };
                match answer::landed(engine, configuration, asked, &landed, joined, wants) {
                    Some(answer) => return ControlFlow::Break(answer),
                    // Expired while it is being stored: the next load will do. The entry that was
                    // found is older.
                    None => {
                        attempt.demand = Demand::After(newer);
                        request.old = None;
                    }
                }
            }
            Boarding::Recursive => return refused(engine, &attempt, Failure::Recursive),
            Boarding::Closed => return refused(engine, &attempt, Failure::Closed),
            // A joiner needs none.
            Boarding::NoRuntime => match engine.runtime.bind() {
                Some(bound) => runtime = Some(bound),
                None => return refused(engine, &attempt, Failure::NoRuntime),
            },
            Boarding::Busy => {}
        }
    }
}

/// Waits for the load of another caller.
pub(super) fn join<M: Threading>(
    engine: &Engine<M>,
    request: Request<M>,
    mut attempt: Attempt,
    waiter: Waiter<M>,
    caller: &mut Caller<'_, '_, M>,
) -> ControlFlow<AnyAnswer<M>> {
    let Some(nested) = Nested::of(waiter.flight.name()) else {
        return refused(engine, &attempt, Failure::Recursive);
    };
    if !mem::replace(&mut attempt.joined, true) {
        engine.counters.joins.count();
        if planted::is(Fault::CountedTwice) {
            engine.counters.joins.count();
        }
        engine.tell(|| Event::Joined { key: &waiter.flight.key });
    }
    let since = engine.runtime.now();
    let joined = Joined { waiter, request, attempt, since, _nested: nested };
    caller.wait_for(ControlFlow::Continue(Aboard::Joined(joined)))
}

/// Fails a call without a load. A caller that has joined a flight before has been counted, and
/// stays a joiner.
fn refused<M: Threading>(
    engine: &Engine<M>,
    attempt: &Attempt,
    failure: Failure<ErrorOf<M>>,
) -> ControlFlow<AnyAnswer<M>> {
    ControlFlow::Break(Err(match attempt.joined {
        true => failed(engine, None, failure, true),
        false => refusal(engine, failure),
    }))
}
