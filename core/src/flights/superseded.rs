//! The flights of a shard that have lost their keys, until their loads have ended: they are waited
//! for when a cache comes to its end.

use super::flight::Flight;
use crate::{runtime::Threading, sync::Arc};

#[cfg(feature = "std")]
use hashbrown::HashTable;

/// Flights that have lost their keys, and whose loads may not have ended. Without `std` there is
/// little room for code, and none is known.
pub(super) struct SupersededFlights<M: Threading> {
    #[cfg(feature = "std")]
    flights: HashTable<Arc<Flight<M>>>,
    #[cfg(not(feature = "std"))]
    flights: [Arc<Flight<M>>; 0],
}

#[cfg(feature = "std")]
impl<M: Threading> SupersededFlights<M> {
    pub(super) const fn new() -> Self {
        Self { flights: HashTable::new() }
    }

    /// Adds a flight that is superseded, and those after it in its line that have begun.
    #[cold]
    #[inline(never)]
    pub(super) fn add(&mut self, flight: &Arc<Flight<M>>) {
        let mut superseded = Some(flight.clone());
        while let Some(flight) = superseded {
            superseded = flight.next().filter(|next| !next.is_queued());
            drop(self.remove(&flight));
            if !flight.is_gone() {
                self.flights.insert_unique(flight.hash, flight, |flight| flight.hash);
            }
        }
    }

    /// Removes a flight, as it has ended.
    pub(super) fn remove(&mut self, flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        if self.flights.is_empty() {
            return None;
        }
        let own = self.flights.find_entry(flight.hash, |other| Arc::ptr_eq(other, flight));
        Some(own.ok()?.remove().0)
    }
}

#[cfg(not(feature = "std"))]
impl<M: Threading> SupersededFlights<M> {
    pub(super) const fn new() -> Self {
        Self { flights: [] }
    }

    pub(super) const fn add(&mut self, _flight: &Arc<Flight<M>>) {}

    pub(super) const fn remove(&mut self, _flight: &Arc<Flight<M>>) -> Option<Arc<Flight<M>>> {
        None
    }
}

impl<M: Threading> SupersededFlights<M> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Flight<M>>> {
        self.flights.iter()
    }
}
