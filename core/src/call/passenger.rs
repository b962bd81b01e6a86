//! A caller aboard a flight.

use core::task::Context;

use super::{Going, prompt::Waiting};
use crate::{
    engine::{Abandon, Engine},
    entry::CacheEntry,
    error::Failure,
    flight::{Driven, Flight, Load},
    load::{Departure, Launchpad, Method},
    parts::Parts,
    runtime::Runtime,
    sync::Arc,
    time::Instant,
};

/// A caller who leads or has joined a flight, until dropped.
///
/// A leader who goes leaves the load to the runtime, or takes it along if nobody else waits and the
/// cache is set to abort.
pub(super) struct Passenger<'a, P: Parts> {
    pub(super) flight: Arc<Flight<P>>,
    engine: &'a Arc<Engine<P>>,
    role: Role,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Leads a flight that has no load yet.
    Preparing,
    Leading,
    Joined,
    /// Has led a load to its end.
    Arrived,
}

impl<'a, P: Parts> Passenger<'a, P> {
    pub(super) const fn leading(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        Self { flight, engine, role: Role::Preparing }
    }

    pub(super) fn joined(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        // Its leader may not be polled any more: from now on the runtime drives it.
        flight.hand_over();
        Self { flight, engine, role: Role::Joined }
    }

    /// Seats the load, which begins now; with a context it is polled, too.
    pub(super) fn depart<L>(
        &mut self,
        engine: &Arc<Engine<P>>,
        going: Going<P, L>,
        now: Instant,
        cx: Option<&mut Context<'_>>,
    ) -> Driven
    where
        L: Method<P>,
    {
        self.role = Role::Leading;
        let prompt = cx.is_some().then_some(now);
        let load = load(engine, &self.flight, going, None, prompt);
        // Asked of the caller's own runtime: the flight's is the same, or the one in its context.
        match cx {
            Some(cx) if engine.runtime.entered() => {
                let driven = self.flight.embark(load, cx);
                self.note(driven)
            }
            None if engine.runtime.entered() => {
                self.flight.seat(load);
                Driven::Waits
            }
            _ => {
                self.flight.seat(load);
                self.flight.hand_over();
                Driven::HandedOver
            }
        }
    }

    /// Seats a load that has been polled here already.
    pub(super) fn embark(
        &mut self,
        engine: &Arc<Engine<P>>,
        waiting: Waiting<P>,
        cx: &mut Context<'_>,
    ) -> Driven {
        self.role = Role::Leading;
        let driven = waiting.embark(engine, &self.flight, cx);
        self.note(driven)
    }

    /// Notes that the flight is over.
    pub(super) const fn arrive(&mut self) {
        self.role = Role::Arrived;
    }

    /// Polls the load.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> Driven {
        let driven = self.flight.drive(cx);
        self.note(driven)
    }

    fn note(&mut self, driven: Driven) -> Driven {
        if driven == Driven::Ended {
            self.role = Role::Arrived;
        }
        driven
    }

    /// Ends the flight with an entry that is stored already.
    pub(super) fn retire(&mut self, entry: CacheEntry<P::Value>) {
        self.engine.flights.leave(&self.flight);
        self.flight.landing.land(Ok(entry));
        self.role = Role::Arrived;
    }
}

/// Makes the load of a flight.
pub(super) fn load<P, L>(
    engine: &Arc<Engine<P>>,
    flight: &Arc<Flight<P>>,
    going: Going<P, L>,
    ticket: Option<P::Ticket>,
    prompt: Option<Instant>,
) -> Load<P>
where
    P: Parts,
    L: Method<P>,
{
    let Going { snapshot, arguments, method, waits, first, .. } = going;
    let departure = Departure::new(engine.clone(), flight.clone(), ticket);
    let pad = Launchpad { departure, first, snapshot, prompt, polled: false, waits };
    method.launch(pad, arguments)
}

impl<P: Parts> Drop for Passenger<'_, P> {
    fn drop(&mut self) {
        let flight = &self.flight;
        match self.role {
            Role::Arrived => return,
            Role::Joined if flight.landing.has_landed() => return,
            Role::Preparing => {
                self.engine.flights.leave(flight);
                flight.landing.land(Err(Failure::Abandoned));
                return;
            }
            Role::Leading | Role::Joined => {}
        }
        let last = !flight.is_refresh() && flight.desert();
        let aborts = self.engine.settings.abandon == Abandon::Abort;
        if aborts && last && !flight.landing.has_landed() {
            if self.engine.flights.leave_if_deserted(flight) {
                flight.abort();
            }
        } else if self.role == Role::Leading {
            flight.hand_over();
        }
    }
}
