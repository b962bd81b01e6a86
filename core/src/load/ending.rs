//! The end of a flight, however its load ends.

use core::time::Duration;

use crate::{
    engine::Engine,
    entry::CacheEntry,
    error::{Failure, Way},
    flights::Flight,
    observer::Event,
    planted::{self, Fault},
    runtime::{ErrorOf, Threading, ValueOf},
    statuses::AnyRegistry,
    sync::Arc,
    types::LandedOf,
};

/// Ends a flight, even if its load is dropped.
pub(crate) struct Ending<'a, M: Threading> {
    pub(crate) engine: &'a Arc<Engine<M>>,
    pub(crate) flight: &'a Arc<Flight<M>>,
    ticket: Option<M::Ticket>,
    over: bool,
}

impl<'a, M: Threading> Ending<'a, M> {
    pub(crate) const fn new(
        engine: &'a Arc<Engine<M>>,
        flight: &'a Arc<Flight<M>>,
        ticket: Option<M::Ticket>,
    ) -> Self {
        Self { engine, flight, ticket, over: false }
    }

    /// Leaves the ending to the taker of the ticket.
    pub(crate) fn pass_on(mut self) -> Option<M::Ticket> {
        self.over = true;
        self.ticket.take()
    }

    /// Returns whether the flight's result may still be stored, as far as the engine and a user's
    /// registry know. It may be asked under a lock, so that nothing comes between the answer and
    /// the act.
    pub(crate) fn is_current(&self) -> bool {
        self.flight.is_current()
            && match (self.engine.own_registry(), &self.ticket) {
                (Some(registry), Some(ticket)) => registry.is_current(&self.flight.key, ticket),
                _ => true,
            }
    }

    /// Answers the callers, and keeps the key. A user's registry has no such state: its waiters
    /// wait until the end.
    pub(crate) fn answer(&self, entry: &CacheEntry<ValueOf<M>>) {
        self.flight.landing.land(Ok(entry.clone()));
    }

    /// Takes the count of a load back that does not begin, as the cache is closed. That of a load
    /// which a caller leads is taken back by the caller, unless it is marked here as never made.
    #[cold]
    fn refused(&self) -> Failure<ErrorOf<M>> {
        match self.flight.is_counted() {
            true if self.flight.is_refresh() => self.engine.counters.refreshes.take_back(),
            true => {}
            false => self.flight.find(),
        }
        Failure::Closed
    }

    /// Frees the key and answers the callers.
    pub(crate) fn land(&mut self, landed: LandedOf<M>) {
        self.over = true;
        // Before the key is free: its next holder must not wait for a load that has ended.
        if let (Some(tickets), Some(ticket)) = (&self.engine.tickets, self.ticket.take()) {
            (tickets.end)(self.engine, self.flight, &ticket, &landed);
        }
        let leaks = matches!(landed, Err(Failure::Panicked(_))) && planted::is(Fault::LeakedFlight);
        if !leaks {
            self.engine.flights.leave(self.flight);
        }
        self.flight.landing.land(landed);
    }
}

impl<M: Threading> Drop for Ending<'_, M> {
    fn drop(&mut self) {
        if self.over || planted::is(Fault::Unended) {
            return;
        }
        // One that was given up has its result, and its count, already.
        let closed = self.flight.is_unbegun()
            && !self.flight.landing.has_landed()
            && self.engine.flights.is_closed();
        let failure = if closed { self.refused() } else { Failure::Abandoned };
        if self.flight.tell_end() {
            let (key, trigger) = (&self.flight.key, self.flight.subject().kind.trigger());
            let (result, took, retried_after) = (Err(&failure), Duration::ZERO, None);
            let way = Way::UNKNOWN;
            let ended = Event::LoadEnded { key, trigger, result, took, retried_after, way };
            self.engine.tell(|| ended);
        }
        self.land(Err(failure));
        if let Some(evictions) = &self.engine.evictions {
            (evictions.at_once)(self.engine, self.flight);
        }
    }
}
