//! The flights of a shard, and the claims of which none has been made yet.

use hashbrown::HashTable;

use super::{boarding::Boarding, claim::Claimed, flight::Flight};
use crate::{
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, Ordering},
};

use alloc::vec::Vec;

pub(super) struct Listed<M: Threading> {
    listings: HashTable<Listing<M>>,
    /// Orders the beginnings of flights and of forced calls.
    turn: usize,
    /// The flights that were made of claims, until their leaders take notice of them.
    made: Vec<Arc<Flight<M>>>,
    /// How many there have been.
    pub(super) times_made: usize,
    drive: fn(Arc<Flight<M>>) -> M::Task,
}

enum Listing<M: Threading> {
    Claimed(Claimed<M>),
    Flight(Arc<Flight<M>>),
}

impl<M: Threading> Listing<M> {
    fn hash(&self) -> u64 {
        match self {
            Self::Claimed(claimed) => claimed.hash,
            Self::Flight(flight) => flight.hash,
        }
    }

    fn is_of(&self, key: &KeyOf<M>, hash: u64) -> bool {
        match self {
            Self::Claimed(claimed) => claimed.hash == hash && claimed.key == *key,
            Self::Flight(flight) => flight.hash == hash && flight.key == *key,
        }
    }
}

impl<M: Threading> Listed<M> {
    pub(super) const fn new(drive: fn(Arc<Flight<M>>) -> M::Task) -> Self {
        Self { listings: HashTable::new(), turn: 0, made: Vec::new(), times_made: 0, drive }
    }

    pub(super) const fn next_turn(&mut self) -> usize {
        self.turn = self.turn.wrapping_add(1);
        self.turn
    }

    /// Finds the flight of a key. If there is a claim, its flight is made.
    pub(super) fn find(&mut self, key: &KeyOf<M>, hash: u64) -> Option<Arc<Flight<M>>> {
        let listing = self.listings.find_mut(hash, |listing| listing.is_of(key, hash))?;
        let claimed = match listing {
            Listing::Flight(flight) => return Some(flight.clone()),
            Listing::Claimed(claimed) => claimed,
        };
        let flight = claimed.flight(self.drive);
        // The claim's share of the key is not the last one: nothing of the user's is dropped.
        *listing = Listing::Flight(flight.clone());
        self.note_made(flight.clone());
        Some(flight)
    }

    /// Finds a flight of a key, unless there is no more than a claim.
    pub(super) fn find_made(&self, key: &KeyOf<M>, hash: u64) -> Option<Arc<Flight<M>>> {
        match self.listings.find(hash, |listing| listing.is_of(key, hash))? {
            Listing::Flight(flight) => Some(flight.clone()),
            Listing::Claimed(_) => None,
        }
    }

    pub(super) fn contains(&self, key: &KeyOf<M>, hash: u64) -> bool {
        self.listings.find(hash, |listing| listing.is_of(key, hash)).is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.listings.len()
    }

    #[inline(never)]
    fn note_made(&mut self, flight: Arc<Flight<M>>) {
        self.made.push(flight);
        self.times_made = self.times_made.wrapping_add(1);
    }

    /// The flight that was made of the claim of this turn.
    pub(super) fn made(&self, turn: usize) -> Option<&Arc<Flight<M>>> {
        self.made.iter().find(|flight| flight.turn == turn)
    }

    /// Takes it, as its leader knows of it from now on.
    pub(super) fn take_made(&mut self, turn: usize) -> Option<Arc<Flight<M>>> {
        let made = self.made.iter().position(|flight| flight.turn == turn)?;
        Some(self.made.swap_remove(made))
    }

    pub(super) fn claim(&mut self, claimed: Claimed<M>) {
        self.insert(claimed.hash, Listing::Claimed(claimed));
    }

    pub(super) fn insert_flight(&mut self, flight: Flight<M>) -> Arc<Flight<M>> {
        let flight = Arc::new(flight);
        self.insert_shared(flight.clone());
        flight
    }

    pub(super) fn insert_shared(&mut self, flight: Arc<Flight<M>>) {
        self.insert(flight.hash, Listing::Flight(flight));
    }

    fn insert(&mut self, hash: u64, listing: Listing<M>) {
        self.listings.insert_unique(hash, listing, Listing::hash);
    }

    /// Takes a flight out of its line that is not the first of it, and so keeps lines short. Returns what
    /// is to be dropped outside the lock.
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

    /// Takes out the first one of the line that this flight is in, unless it is that itself.
    pub(super) fn remove_line_before(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let first = self.find_made(&flight.key, flight.hash)?;
        let precedes = !Arc::ptr_eq(&first, flight) && first.is_or_precedes(flight);
        if precedes { self.remove(&first) } else { None }
    }

    /// Takes this very flight out.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        let own = self.listings.find_entry(flight.hash, |listing| match listing {
            Listing::Flight(other) => {
                Arc::ptr_eq(other, flight)
                    || other.hash == flight.hash && planted::is(Fault::OldRemovesNewer)
            }
            Listing::Claimed(_) => false,
        });
        match own.ok()?.remove().0 {
            Listing::Flight(flight) => Some(flight),
            Listing::Claimed(_) => None,
        }
    }

    /// Takes the claim of this turn out.
    pub(super) fn remove_claimed(&mut self, hash: u64, turn: usize) -> Option<Claimed<M>> {
        let own = self.listings.find_entry(hash, |listing| match listing {
            Listing::Claimed(claimed) => claimed.turn == turn,
            Listing::Flight(_) => false,
        });
        match own.ok()?.remove().0 {
            Listing::Claimed(claimed) => Some(claimed),
            Listing::Flight(_) => None,
        }
    }

    /// Takes all flights out, those of claims too.
    pub(super) fn drain(&mut self) -> Vec<Arc<Flight<M>>> {
        let drained: Vec<_> = self.listings.drain().collect();
        let flights = drained.into_iter().map(|listing| match listing {
            Listing::Flight(flight) => flight,
            Listing::Claimed(claimed) => {
                let flight = claimed.flight(self.drive);
                self.note_made(flight.clone());
                flight
            }
        });
        flights.collect()
    }
}

/// Joins a flight, whose shard is locked.
pub(super) fn join<M: Threading>(flight: Arc<Flight<M>>) -> Boarding<M> {
    flight.callers.fetch_add(1, Ordering::Relaxed);
    Boarding::Join(flight)
}
