//! The context of a load in its flight.

use super::Ending;
use crate::{
    call::Limited,
    engine::Engine,
    entry::CacheEntry,
    flights::Flight,
    runtime::{Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// Everything that a load needs but the load itself.
pub(crate) struct LoadContext<M: Threading> {
    pub(crate) departure: Departure<M>,
    pub(crate) first: First<M>,
    pub(crate) snapshot: Arc<M::Configuration>,
    /// The entry that the load is to replace.
    pub(crate) old: Past<ValueOf<M>>,
    /// The limits to an entry that makes the load needless.
    pub(crate) limits: Limited,
    /// The time, if the load begins at once.
    pub(crate) prompt: Option<Instant>,
    /// The load was polled just now.
    pub(crate) polled: bool,
    /// Whether the storage answers only after a wait.
    pub(crate) waits: bool,
}

/// The times of an entry that a load is to replace, if there is one. Boxed, as most loads replace
/// nothing.
pub(crate) type Past<V> = Option<Box<CacheEntry<Option<V>>>>;

/// The step before a load.
pub(crate) enum First<M: Threading> {
    Nothing,
    /// Another flight has to be over.
    Wait(Arc<Flight<M>>),
    /// The storage is looked into again; only if that finds nothing is the load begun, and counted.
    Look(AgainFn<M>),
}

/// Looks into a storage again, for an entry that makes a load needless.
pub(crate) type AgainFn<M> = fn(
    Arc<Engine<M>>,
    Arc<<M as Threading>::Configuration>,
    Arc<Flight<M>>,
) -> <M as Threading>::Future<Option<CacheEntry<ValueOf<M>>>>;

/// A flight whose load has not started. A runtime may drop the load before it polls it once; the
/// flight then ends all the same.
pub(crate) struct Departure<M: Threading> {
    pub(crate) engine: Arc<Engine<M>>,
    pub(crate) flight: Arc<Flight<M>>,
    /// The ticket of a user's registry for the flight.
    ticket: Option<M::Ticket>,
    started: bool,
}

impl<M: Threading> Departure<M> {
    pub(crate) const fn new(engine: Arc<Engine<M>>, flight: Arc<Flight<M>>) -> Self {
        Self { engine, flight, ticket: None, started: false }
    }

    /// Leaves it to the load to end an update in a user's registry, too.
    pub(super) fn hold(&mut self, ticket: Option<M::Ticket>) {
        self.ticket = ticket;
    }

    /// Leaves it to the load to end the flight.
    pub(crate) fn start(&mut self) -> Option<M::Ticket> {
        self.started = true;
        self.ticket.take()
    }
}

impl<M: Threading> Drop for Departure<M> {
    fn drop(&mut self) {
        if !self.started {
            drop(Ending::new(&self.engine, &self.flight, self.ticket.take()));
        }
    }
}
