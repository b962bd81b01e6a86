//! A caller aboard a flight.

use super::Going;
use crate::{
    engine::{Abandon, Engine},
    entry::CacheEntry,
    error::Failure,
    flight::Flight,
    load::{Departure, Launchpad},
    parts::Parts,
    runtime::Task,
    statuses::Landed,
    sync::Arc,
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
}

impl<'a, P: Parts> Passenger<'a, P> {
    pub(super) const fn leading(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        Self { flight, engine, role: Role::Preparing }
    }

    pub(super) fn joined(engine: &'a Arc<Engine<P>>, flight: Arc<Flight<P>>) -> Self {
        // Its leader may not be polled any more: from now on the runtime drives it.
        flight.seat.hand_over();
        Self { flight, engine, role: Role::Joined }
    }

    /// Seats the load.
    pub(super) fn depart<L>(
        &mut self,
        engine: &Arc<Engine<P>>,
        going: Going<P, L>,
        ticket: Option<P::Ticket>,
    ) where
        L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
    {
        self.role = Role::Leading;
        seat(engine, &self.flight, going, ticket);
    }

    /// Ends the flight with an entry that is stored already.
    pub(super) fn retire(
        &mut self,
        entry: CacheEntry<P::Value>,
    ) -> Arc<Landed<P::Value, P::Error>> {
        self.engine.flights.leave(&self.flight);
        self.flight.landing.land(Ok(entry));
        self.role = Role::Joined;
        self.flight.landing.landed().expect("it has just landed")
    }
}

/// Seats the load of a flight.
pub(super) fn seat<P, L>(
    engine: &Arc<Engine<P>>,
    flight: &Arc<Flight<P>>,
    going: Going<P, L>,
    ticket: Option<P::Ticket>,
) where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    let Going { snapshot, arguments, launch, waits, first, key: _ } = going;
    let departure = Departure::new(engine.clone(), flight.clone(), ticket);
    let pad = Launchpad { departure, first, snapshot, arguments, waits };
    flight.seat.take(launch(pad));
}

impl<P: Parts> Drop for Passenger<'_, P> {
    fn drop(&mut self) {
        let flight = &self.flight;
        let last = !flight.is_refresh() && flight.desert();
        if self.role == Role::Preparing {
            self.engine.flights.leave(flight);
            flight.landing.land(Err(Failure::Abandoned));
            return;
        }
        let aborts = self.engine.settings.abandon == Abandon::Abort;
        if aborts && last && flight.landing.landed().is_none() {
            if self.engine.flights.leave_if_deserted(flight) {
                flight.seat.abort();
            }
        } else if self.role == Role::Leading {
            flight.seat.hand_over();
        }
    }
}
