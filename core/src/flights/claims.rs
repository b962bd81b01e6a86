//! Claims of keys in the table.

use super::{
    claim::{Claim, Claimant, State},
    flight::{Beginning, Flight, Kind},
    recursion::new_name,
    table::Flights,
};
use crate::{
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, Ordering},
    time::Instant,
};

impl<M: Threading> Flights<M> {
    /// Returns whether no load waited near a key of this hash a moment ago.
    #[inline]
    pub(crate) fn is_quiet(&self, hash: u64) -> bool {
        self.shard(hash).is_quiet()
    }

    /// Claims a key, and counts a load if it is for one, unless another operation has to do with
    /// the key already.
    pub(crate) fn claim(
        &self,
        hash: u64,
        kind: Kind,
        deadline: Instant,
        claimant: &mut dyn Claimant<M>,
    ) -> Option<Claim> {
        let name = new_name();
        let late = planted::is(Fault::ClaimedLate);
        if late && self.shard(hash).with_claims(|listed| listed.is_busy(claimant, hash)) {
            return None;
        }
        self.shard(hash).with_claims(|listed| {
            if self.is_closed() || !late && listed.is_busy(claimant, hash) {
                return None;
            }
            let (arrival, met) = (listed.next_arrival(), listed.met);
            let claim = Claim { hash, kind, deadline, name, arrival, met };
            listed.claims.push(&claim, claimant);
            if kind != Kind::Insert {
                listed.loads = listed.loads.wrapping_add(1);
            }
            Some(claim)
        })
    }

    /// Takes back the count of a load, as it turned out to be needless.
    #[cold]
    pub(crate) fn uncount(&self, claim: &Claim) {
        self.shard(claim.hash).with(|listed| listed.loads = listed.loads.wrapping_sub(1));
    }

    /// Returns whether the load's result may still be stored: the claim was not met, or its flight
    /// was not superseded.
    pub(crate) fn is_current(&self, claim: &Claim) -> bool {
        let shard = self.shard(claim.hash);
        shard.met.load(Ordering::Acquire) == claim.met
            || planted::is(Fault::Unfenced)
            || shard.with(|listed| match listed.claims.state(claim) {
                State::Alone => true,
                State::Flies(flight) => flight.is_current(),
                State::Superseded => false,
            })
    }

    /// Ends a claim; returns its flight, if that has been made and has to end too.
    pub(crate) fn end(
        &self,
        claim: &Claim,
        claimant: &mut dyn Claimant<M>,
    ) -> Option<Arc<Flight<M>>> {
        self.shard(claim.hash).with_claims(|listed| match listed.claims.end(claim, claimant) {
            State::Flies(flight) => Some(flight),
            State::Alone | State::Superseded => {
                // A caller that finds the claim gone has to see that a load has ended.
                self.note_ending();
                None
            }
        })
    }

    /// Ends the claim of a claimant that has gone, in the same way.
    #[cold]
    pub(crate) fn abandon(&self, claim: &Claim) -> Option<Arc<Flight<M>>> {
        let (state, key) = self.shard(claim.hash).with(|listed| {
            self.note_ending();
            listed.claims.abandon(claim)
        });
        drop(key);
        match state {
            State::Flies(flight) => Some(flight),
            State::Alone | State::Superseded => None,
        }
    }

    /// Ends the claim of a load that goes on, and returns its flight, which is made of `key` unless
    /// there is one.
    pub(crate) fn flight_of(
        &self,
        claim: &Claim,
        claimant: &mut dyn Claimant<M>,
        key: KeyOf<M>,
    ) -> Arc<Flight<M>> {
        let &Claim { hash, kind, deadline, name, arrival, .. } = claim;
        let (name, runtime, drive) = (Some(name), None, self.drive);
        let beginning = Beginning { key, hash, arrival, name, kind, deadline, runtime, drive };
        // Made before, as a key that is not needed is dropped outside the lock.
        let own = Flight::new(beginning);
        let (flight, needless) =
            self.shard(hash).with(|listed| match listed.claims.end(claim, claimant) {
                State::Alone => (listed.insert_flight(own), None),
                State::Flies(flight) => (flight, Some(own)),
                State::Superseded => {
                    own.supersede();
                    (listed.insert_superseded(own), None)
                }
            });
        drop(needless);
        flight
    }

    /// Returns how many loads began with a claim.
    pub(crate) fn claimed_loads(&self) -> usize {
        self.shards().map(|shard| shard.with(|listed| listed.loads)).fold(0, usize::wrapping_add)
    }
}
