//! What a flight takes with it.

use core::fmt;

use super::{Ending, Sweeping};
use crate::{
    engine::Engine, entry::CacheEntry, flight::Flight, parts::Parts, runtime::Task, sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// Everything that a load needs but the method itself.
pub struct Launchpad<P: Parts> {
    pub(crate) departure: Departure<P>,
    pub(crate) first: First<P>,
    pub(crate) snapshot: P::Snapshot,
    /// What the load is to replace.
    pub(crate) old: Past<P::Value>,
    /// Makes a task that removes what is dead.
    pub(crate) sweeps: fn(Sweeping<P>) -> Task<P::Runtime>,
    /// Another load of the cache waits for this one.
    pub(crate) nested: bool,
    /// The time, if the load begins at once.
    pub(crate) prompt: Option<Instant>,
    /// The load has been polled before, just now.
    pub(crate) polled: bool,
    /// Whether the storage answers only after a wait.
    pub(crate) waits: bool,
}

/// An entry that a load is to replace, if there is one; with its value if the method wants to have
/// it, else its times alone. Boxed, as most loads replace nothing.
pub(crate) type Past<V> = Option<Box<CacheEntry<Option<V>>>>;

/// What comes before a load.
pub(crate) enum First<P: Parts> {
    Nothing,
    /// Another flight has to be over.
    Wait(Arc<Flight<P>>),
    /// The storage is looked into again; only if that brings nothing is the load begun, and counted.
    Look {
        counts: bool,
    },
}

/// A flight whose load has not started. A runtime may drop the load before it polls it once; the
/// flight then ends all the same.
pub(crate) struct Departure<P: Parts> {
    pub(crate) engine: Arc<Engine<P>>,
    pub(crate) flight: Arc<Flight<P>>,
    /// What a registry of the user's knows the flight by.
    ticket: Option<P::Ticket>,
    started: bool,
}

impl<P: Parts> Departure<P> {
    pub(crate) const fn new(
        engine: Arc<Engine<P>>,
        flight: Arc<Flight<P>>,
        ticket: Option<P::Ticket>,
    ) -> Self {
        Self { engine, flight, ticket, started: false }
    }

    /// Leaves it to the load to end the flight.
    pub(crate) fn start(&mut self) -> Option<P::Ticket> {
        self.started = true;
        self.ticket.take()
    }
}

impl<P: Parts> Drop for Departure<P> {
    fn drop(&mut self) {
        if !self.started {
            drop(Ending::new(&self.engine, &self.flight, self.ticket.take()));
        }
    }
}

impl<P: Parts> fmt::Debug for Launchpad<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launchpad").finish_non_exhaustive()
    }
}
