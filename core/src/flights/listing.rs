//! The flights of a shard.

use hashbrown::HashTable;

use super::{boarding::Boarding, flight::Flight};
use crate::{
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, Ordering},
};

pub(super) struct Listed<M: Threading> {
    pub(super) flights: HashTable<Arc<Flight<M>>>,
    /// Orders the beginnings of flights and of forced calls.
    turn: usize,
}

impl<M: Threading> Listed<M> {
    pub(super) const fn new() -> Self {
        Self { flights: HashTable::new(), turn: 0 }
    }

    pub(super) const fn next_turn(&mut self) -> usize {
        self.turn = self.turn.wrapping_add(1);
        self.turn
    }

    pub(super) fn find(&self, key: &KeyOf<M>, hash: u64) -> Option<&Arc<Flight<M>>> {
        self.flights.find(hash, |flight| flight.hash == hash && flight.key == *key)
    }

    pub(super) fn insert(&mut self, flight: Flight<M>) -> Arc<Flight<M>> {
        let flight = Arc::new(flight);
        self.insert_shared(flight.clone());
        flight
    }

    pub(super) fn insert_shared(&mut self, flight: Arc<Flight<M>>) {
        self.flights.insert_unique(flight.hash, flight, |flight| flight.hash);
    }

    /// Takes a flight out of its line that is not the first of it, and so keeps lines short. Returns what
    /// is to be dropped outside the lock.
    pub(super) fn unlink(&self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let mut before = self.find(&flight.key, flight.hash)?.clone();
        loop {
            let next = before.successor.next()?;
            if Arc::ptr_eq(&next, flight) {
                return before.successor.replace(flight.successor.take());
            }
            before = next;
        }
    }

    /// Takes this very flight out.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let own = self.flights.find_entry(flight.hash, |other| {
            Arc::ptr_eq(other, flight)
                || other.hash == flight.hash && planted::is(Fault::OldRemovesNewer)
        });
        own.ok().map(|found| found.remove().0)
    }
}

/// Joins a flight, whose shard is locked.
pub(super) fn join<M: Threading>(flight: &Arc<Flight<M>>) -> Boarding<M> {
    flight.callers.fetch_add(1, Ordering::Relaxed);
    Boarding::Join(flight.clone())
}
