//! The flights of a shard, and the claims without a flight.

use hashbrown::HashTable;

use super::{
    boarding::Boarding,
    claim::{Claimant, ClaimedKeys, Claims},
    flight::Flight,
    superseded::SupersededFlights,
};
use crate::{
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, Ordering},
};

use alloc::vec::Vec;

pub(super) struct Listed<M: Threading> {
    flights: HashTable<Arc<Flight<M>>>,
    pub(super) superseded: SupersededFlights<M>,
    pub(super) claims: Claims<M>,
    /// Orders the beginnings of loads and of forced calls.
    arrival: usize,
    /// How many claims others have met.
    pub(super) met: usize,
    /// How many loads began with a claim.
    pub(super) loads: usize,
    drive: fn(Arc<Flight<M>>) -> M::Task,
}

impl<M: Threading> Listed<M> {
    pub(super) fn new(drive: fn(Arc<Flight<M>>) -> M::Task, keys: ClaimedKeys<M>) -> Self {
        let (flights, superseded, claims) =
            (HashTable::new(), SupersededFlights::new(), Claims::new(keys));
        Self { flights, superseded, claims, arrival: 0, met: 0, loads: 0, drive }
    }

    pub(super) const fn next_arrival(&mut self) -> usize {
        self.arrival = self.arrival.wrapping_add(1);
        self.arrival
    }

    /// Finds the flight of a key. If there is a claim, its flight is made.
    pub(super) fn find(&mut self, key: &KeyOf<M>, hash: u64) -> Option<Arc<Flight<M>>> {
        if let Some(flight) = self.find_made(key, hash) {
            return Some(flight);
        }
        let at = self.claims.find(key, hash)?;
        self.note_met();
        let flight = self.claims.fly(at, key.clone(), self.drive);
        self.insert_shared(flight.clone());
        Some(flight)
    }

    /// Finds a flight of a key, unless there is no more than a claim.
    pub(super) fn find_made(&self, key: &KeyOf<M>, hash: u64) -> Option<Arc<Flight<M>>> {
        self.flights.find(hash, |flight| flight.hash == hash && flight.key == *key).cloned()
    }

    /// Returns whether a load of the claimant's key is under way.
    pub(super) fn is_busy(&self, claimant: &dyn Claimant<M>, hash: u64) -> bool {
        self.claims.is_held(claimant, hash)
            || !self.flights.is_empty() && self.find_of(claimant, hash).is_some()
    }

    /// Finds a flight of the claimant's key, unless there is no more than a claim.
    pub(super) fn find_of(&self, claimant: &dyn Claimant<M>, hash: u64) -> Option<&Arc<Flight<M>>> {
        self.flights.find(hash, |flight| flight.hash == hash && claimant.is(&flight.key))
    }

    pub(super) fn contains(&self, key: &KeyOf<M>, hash: u64) -> bool {
        self.find_made(key, hash).is_some() || self.claims.find(key, hash).is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.flights.len() + self.claims.len()
    }

    pub(super) fn flights(&self) -> impl Iterator<Item = &Arc<Flight<M>>> {
        self.flights.iter()
    }

    /// How many flights there are, without those that no more than a claim stands for.
    #[inline]
    pub(super) fn flying(&self) -> usize {
        self.flights.len()
    }

    fn note_met(&mut self) {
        self.met = self.met.wrapping_add(1);
    }

    pub(super) fn insert_flight(&mut self, flight: Flight<M>) -> Arc<Flight<M>> {
        let flight = Arc::new(flight);
        self.insert_shared(flight.clone());
        flight
    }

    pub(super) fn insert_shared(&mut self, flight: Arc<Flight<M>>) {
        self.flights.insert_unique(flight.hash, flight, |flight| flight.hash);
    }

    /// Lists a flight that has lost its key before it was made.
    pub(super) fn insert_superseded(&mut self, flight: Flight<M>) -> Arc<Flight<M>> {
        let flight = Arc::new(flight);
        self.superseded.add(&flight);
        flight
    }

    /// Takes this very flight out, as it is about to be superseded.
    pub(super) fn supersede(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let removed = self.remove(flight)?;
        self.superseded.add(&removed);
        Some(removed)
    }

    /// Adds the flights whose loads have not ended, and makes them of claims.
    pub(super) fn list_under_way(&mut self, under_way: &mut Vec<Arc<Flight<M>>>) {
        for (flight, has_key) in self.claims.fly_all(self.drive) {
            self.note_met();
            match has_key {
                true => self.insert_shared(flight),
                false => {
                    flight.superseded.store(true, Ordering::Release);
                    self.superseded.add(&flight);
                }
            }
        }
        for first in self.flights.iter().chain(self.superseded.iter()) {
            let mut flight = Some(first.clone());
            while let Some(one) = flight {
                flight = one.next();
                // An update has no load, and waits for its caller.
                if !one.landing.has_landed() && !one.is_polled_here() && !one.is_update() {
                    // Its leader has to say that it has ended.
                    one.successor.be_followed();
                    under_way.push(one);
                }
            }
        }
    }

    /// Takes a flight out of its line that is not its first, and so keeps lines short. Returns
    /// flights to be dropped outside the lock.
    pub(super) fn unlink(&self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let mut before = self.find_made(&flight.key, flight.hash)?;
        loop {
            let next = before.successor.next()?;
            if Arc::ptr_eq(&next, flight) {
                return before.successor.replace(flight.successor.take());
            }
            before = next;
        }
    }

    /// Takes out the first flight of the line that this flight is in, unless it is that itself.
    pub(super) fn remove_line_before(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let first = self.find_made(&flight.key, flight.hash)?;
        let precedes = !Arc::ptr_eq(&first, flight) && first.is_or_precedes(flight);
        if precedes { self.remove(&first) } else { None }
    }

    /// Takes this very flight out.
    #[inline(never)]
    pub(super) fn remove(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let own = self.flights.find_entry(flight.hash, |other| {
            Arc::ptr_eq(other, flight)
                || other.hash == flight.hash && planted::is(Fault::OldRemovesNewer)
        });
        Some(own.ok()?.remove().0)
    }

    /// Frees a key that is claimed, or takes out the flight that has it.
    pub(super) fn free(&mut self, key: &KeyOf<M>, hash: u64) -> Option<Arc<Flight<M>>> {
        if let Some(at) = self.claims.find(key, hash) {
            self.note_met();
            self.claims.supersede(at);
            return None;
        }
        let flight = self.find_made(key, hash)?;
        self.supersede(&flight)
    }

    /// Frees all keys that are claimed, and takes all flights out.
    pub(super) fn free_all(&mut self) -> Vec<Arc<Flight<M>>> {
        self.note_met();
        self.claims.supersede_all();
        let freed: Vec<_> = self.flights.drain().collect();
        freed.iter().for_each(|flight| self.superseded.add(flight));
        freed
    }
}

/// Joins a flight, whose shard is locked.
pub(super) fn join<M: Threading>(flight: Arc<Flight<M>>) -> Boarding<M> {
    flight.callers.fetch_add(1, Ordering::Relaxed);
    Boarding::Join(flight)
}
