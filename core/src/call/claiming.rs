//! A leader who has claimed a key.

use crate::{
    engine::Engine,
    error::Failure,
    flights::{Claim, Flight, Polling},
    runtime::Threading,
    sync::Arc,
};

/// A caller who polls the load of a claim. Dropped, the claim ends: if there is a flight, as abandoned.
pub(super) struct Claiming<'a, M: Threading> {
    engine: &'a Engine<M>,
    pub(super) claim: Claim<M>,
    over: bool,
}

impl<'a, M: Threading> Claiming<'a, M> {
    pub(super) const fn new(engine: &'a Engine<M>, claim: Claim<M>) -> Self {
        Self { engine, claim, over: false }
    }

    /// Notes that this thread polls the load, until dropped.
    pub(super) fn inside(&self) -> Polling {
        Polling::of(self.claim.key.address())
    }

    /// Returns whether what the load yields may still be stored.
    pub(super) fn is_current(&self) -> bool {
        self.engine.flights.is_current(&self.claim)
    }

    /// Frees the key, if there is no flight; else returns that, which has it.
    pub(super) fn end(mut self) -> Option<Arc<Flight<M>>> {
        self.over = true;
        self.engine.flights.end(&self.claim)
    }

    /// Returns the flight of a load that goes on.
    pub(super) fn into_flight(mut self) -> Arc<Flight<M>> {
        self.over = true;
        self.engine.flights.flight_of(&self.claim)
    }
}

impl<M: Threading> Drop for Claiming<'_, M> {
    fn drop(&mut self) {
        if !self.over
            && let Some(flight) = self.engine.flights.end(&self.claim)
        {
            self.engine.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
    }
}
