//! A leader's hold on a key whose load nothing else has to do with yet.

use super::{
    calls::Polling,
    flight::{Beginning, Flight, Kind, Subject},
    table::Flights,
};
use crate::{
    error::Failure,
    planted::{self, Fault},
    runtime::{KeyOf, Threading},
    sync::{Arc, Ordering},
    time::Instant,
};

/// A key that its leader holds while it polls the load for the first time.
///
/// Most such loads end then, and nothing else has asked for their key: they need no flight. It is
/// made under the lock of the key's shard as soon as anything has to do with it, be it a joiner or
/// a change, and it is made by the leader if the load waits.
///
/// Dropped, the claim ends: if there is a flight, as abandoned.
pub(crate) struct Claim<'a, M: Threading> {
    flights: &'a Flights<M>,
    pub(crate) key: KeyOf<M>,
    pub(crate) hash: u64,
    pub(crate) kind: Kind,
    pub(crate) deadline: Instant,
    turn: usize,
    /// How many flights had been made of claims in this shard.
    made: usize,
    held: bool,
}

/// What the table knows of a claim.
pub(super) struct Claimed<M: Threading> {
    pub(super) key: KeyOf<M>,
    pub(super) hash: u64,
    pub(super) turn: usize,
    pub(super) kind: Kind,
    pub(super) deadline: Instant,
}

impl<M: Threading> Claimed<M> {
    /// Makes the flight of a claim, which its leader does not know of yet.
    pub(super) fn flight(&self, drive: fn(Arc<Flight<M>>) -> M::Task) -> Arc<Flight<M>> {
        let Self { hash, turn, kind, deadline, .. } = *self;
        let (key, runtime) = (self.key.clone(), None);
        Arc::new(Flight::new(Beginning { key, hash, turn, kind, deadline, runtime, drive }))
    }
}

impl<'a, M: Threading> Claim<'a, M> {
    pub(super) fn of(flights: &'a Flights<M>, claimed: &Claimed<M>, made: usize) -> Self {
        let Claimed { hash, turn, kind, deadline, .. } = *claimed;
        Self { flights, key: claimed.key.clone(), hash, kind, deadline, turn, made, held: true }
    }

    /// Which load it is.
    pub(crate) const fn subject(&self) -> Subject<'_, M> {
        Subject { key: &self.key, hash: self.hash, kind: self.kind }
    }

    /// Notes that this thread polls the load, until dropped.
    pub(crate) fn inside(&self) -> Polling {
        Polling::of(self.key.address())
    }

    /// Returns whether what the load yields may still be stored: nothing has asked for the key, or
    /// what has asked has not superseded the load.
    pub(crate) fn is_current(&self) -> bool {
        let shard = self.flights.shard(self.hash);
        shard.made.load(Ordering::Acquire) == self.made
            || planted::is(Fault::Unfenced)
            || shard.with(|listed| listed.made(self.turn).is_none_or(|flight| flight.is_current()))
    }

    /// Frees the key, if there is no flight; else returns that, which has it.
    pub(crate) fn end(mut self) -> Option<Arc<Flight<M>>> {
        self.leave()
    }

    fn leave(&mut self) -> Option<Arc<Flight<M>>> {
        self.held = false;
        let (flight, claimed) = self.flights.shard(self.hash).with(|listed| {
            let flight = listed.take_made(self.turn);
            let claimed = if flight.is_none() {
                // A caller who finds the claim gone has to see that a load has ended.
                self.flights.note_ending();
                listed.remove_claimed(self.hash, self.turn)
            } else {
                None
            };
            (flight, claimed)
        });
        drop(claimed);
        flight
    }

    /// Returns the flight of a load that goes on, which is made unless there is one.
    pub(crate) fn into_flight(mut self) -> Arc<Flight<M>> {
        self.held = false;
        self.flights.shard(self.hash).with(|listed| {
            if listed.made(self.turn).is_none() {
                drop(listed.find(&self.key, self.hash));
            }
            match listed.take_made(self.turn) {
                Some(flight) => flight,
                None => unreachable!("a claim is in the table until its flight is made"),
            }
        })
    }
}

impl<M: Threading> Drop for Claim<'_, M> {
    fn drop(&mut self) {
        if self.held
            && let Some(flight) = self.leave()
        {
            self.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
    }
}
