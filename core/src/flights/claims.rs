//! What becomes of claims.

use super::{claim::Claim, flight::Flight, table::Flights};
use crate::{
    planted::{self, Fault},
    runtime::Threading,
    sync::{Arc, Ordering},
};

impl<M: Threading> Flights<M> {
    /// Returns whether what the load yields may still be stored: nothing has asked for the key, or
    /// what has asked has not superseded the load.
    pub(crate) fn is_current(&self, claim: &Claim<M>) -> bool {
        let shard = self.shard(claim.hash);
        shard.made.load(Ordering::Acquire) == claim.made
            || planted::is(Fault::Unfenced)
            || shard.with(|listed| listed.made(claim.turn).is_none_or(|flight| flight.is_current()))
    }

    /// Frees the key, if there is no flight; else returns that, which has it.
    pub(crate) fn end(&self, claim: &Claim<M>) -> Option<Arc<Flight<M>>> {
        let (flight, claimed) = self.shard(claim.hash).with(|listed| {
            if let Some(flight) = listed.take_made(claim.turn) {
                return (Some(flight), None);
            }
            // A caller who finds the claim gone has to see that a load has ended.
            self.note_ending();
            (None, listed.remove_claimed(claim.hash, claim.turn))
        });
        drop(claimed);
        flight
    }

    /// Returns the flight of a load that goes on, which is made unless there is one.
    pub(crate) fn flight_of(&self, claim: &Claim<M>) -> Arc<Flight<M>> {
        self.shard(claim.hash).with(|listed| {
            if listed.made(claim.turn).is_none() {
                drop(listed.find(&claim.key, claim.hash));
            }
            match listed.take_made(claim.turn) {
                Some(flight) => flight,
                None => unreachable!("a claim is in the table until its flight is made"),
            }
        })
    }
}
