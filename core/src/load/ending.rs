//! The end of a flight, however its load ends.

use core::time::Duration;

use super::eviction::evict_at_once;
use crate::{
    engine::Engine,
    entry::CacheEntry,
    error::Failure,
    flight::{Flight, contained},
    observer::Event,
    parts::Parts,
    planted::{self, Fault},
    statuses::{Landed, UpdateStatuses},
    sync::Arc,
};

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
        let leaks = matches!(landed, Err(Failure::Panicked(_))) && planted::is(Fault::LeakedFlight);
        if !leaks {
            self.engine.flights.leave(self.flight);
        }
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
        if self.over || planted::is(Fault::Unended) {
            return;
        }
        let abandoned = Failure::Abandoned;
        if !self.flight.landing.has_landed() {
            let (key, trigger) = (&self.flight.key, self.flight.trigger());
            let (result, took, retried_after) = (Err(&abandoned), Duration::ZERO, None);
            let ended = Event::LoadEnded { key, trigger, result, took, retried_after };
            self.engine.tell(|| ended);
        }
        self.land(Err(abandoned));
        evict_at_once(self.engine, self.flight);
    }
}
