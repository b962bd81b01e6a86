//! Loads in progress, for a look at what a cache is doing.

use super::{
    flight::{Flight, Kind},
    table::Flights,
};
use crate::{
    runtime::{FlightView, Threading},
    sync::{Arc, Ordering},
};

use alloc::vec::Vec;

impl<M: Threading> Flights<M> {
    /// Lists the loads in progress, but for those that are in their first poll.
    pub(crate) fn views(&self) -> Vec<FlightView<M>> {
        let mut flights = Vec::new();
        for shard in self.shards() {
            shard.with(|listed| flights.extend(listed.flights().cloned()));
        }
        // A key may be dropped with its flight, so outside the lock.
        let loads = flights.iter().filter(|flight| flight.kind != Kind::Insert);
        let view = |flight: &Arc<Flight<M>>| FlightView {
            key: flight.key.clone(),
            callers: flight.callers.load(Ordering::Relaxed),
            trigger: flight.kind.trigger(),
            landed: flight.landing.has_landed(),
            deadline: flight.deadline,
        };
        loads.map(view).collect()
    }
}
