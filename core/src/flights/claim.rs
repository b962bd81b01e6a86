//! A leader's hold on a key whose load nothing else has met yet.

use super::{
    flight::{Beginning, Flight, Kind},
    recursion::is_inside,
};
use crate::{
    runtime::{KeyOf, Threading},
    sync::Arc,
    time::Instant,
};

use alloc::{boxed::Box, vec::Vec};

/// A key that its leader holds while it polls the load for the first time.
///
/// Most such loads end then, and no other caller has asked for their key: they need no flight, and
/// their key need not be behind a pointer. The flight is made under the lock of the key's shard by
/// the first caller that meets the claim, and by the leader if the load waits; a change takes the
/// claim out. The leader has to end the claim.
#[must_use = "the key stays held until the claim has ended"]
pub(crate) struct Claim {
    pub(crate) hash: u64,
    pub(crate) kind: Kind,
    pub(crate) deadline: Instant,
    /// Distinguishes the load from all others of the time.
    pub(crate) name: usize,
    pub(super) arrival: usize,
    /// How many claims others had met in this shard.
    pub(super) met: usize,
}

/// A leader that claims a key, and knows its type.
pub(crate) trait Claimant<M: Threading> {
    /// Returns whether it is the same key.
    fn is(&self, key: &KeyOf<M>) -> bool;

    /// Returns whether it is the same key as one of the claimed ones.
    fn is_at(&self, keys: &M::Any, at: usize) -> bool;

    /// Puts a copy of the key behind the claimed ones.
    fn put(&mut self, keys: &mut M::Any);

    /// Takes a copy back, which the last one replaces.
    fn take(&mut self, keys: &mut M::Any, at: usize);
}

/// Functions on claimed keys where their type is not known.
pub(crate) struct ClaimedKeys<M: Threading> {
    /// Makes an empty list of them.
    pub(crate) list: fn() -> Box<M::Any>,
    pub(crate) is_at: fn(&M::Any, usize, &KeyOf<M>) -> bool,
    /// Returns one; if it `leaves`, the last one replaces it.
    pub(crate) key: fn(&mut M::Any, usize, leaves: bool) -> KeyOf<M>,
}

impl<M: Threading> Clone for ClaimedKeys<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for ClaimedKeys<M> {}

/// The claims of a shard: no more than there are threads that poll a load for the first time, and
/// loads one inside another. So they are searched one by one.
pub(super) struct Claims<M: Threading> {
    claimed: Vec<Claimed<M>>,
    /// Their keys, in the same order.
    keys: Box<M::Any>,
    of: ClaimedKeys<M>,
}

/// Flights that were made of claims; whether each has its key, or has lost it.
type Flown<M> = Vec<(Arc<Flight<M>>, bool)>;

/// The table's data of a claim.
struct Claimed<M: Threading> {
    hash: u64,
    arrival: usize,
    name: usize,
    kind: Kind,
    deadline: Instant,
    state: State<M>,
}

/// How others have met a claim.
pub(super) enum State<M: Threading> {
    Alone,
    /// Its flight has been made, which has the key.
    Flies(Arc<Flight<M>>),
    /// The load's result is out of date. The key is free.
    Superseded,
}

impl<M: Threading> Claims<M> {
    pub(super) fn new(of: ClaimedKeys<M>) -> Self {
        Self { claimed: Vec::new(), keys: (of.list)(), of }
    }

    /// Returns how many hold their keys.
    pub(super) fn len(&self) -> usize {
        self.claimed.iter().filter(|claimed| claimed.is_alone()).count()
    }

    /// Returns whether one of them holds the claimant's key.
    pub(super) fn is_held(&self, claimant: &dyn Claimant<M>, hash: u64) -> bool {
        self.alone(hash, |at| claimant.is_at(&self.keys, at)).is_some()
    }

    /// Returns where the claim is that holds a key.
    pub(super) fn find(&self, key: &KeyOf<M>, hash: u64) -> Option<usize> {
        self.alone(hash, |at| (self.of.is_at)(&self.keys, at, key))
    }

    fn alone(&self, hash: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        let of_hash = |claimed: &Claimed<M>| claimed.hash == hash && claimed.is_alone();
        let places = self.claimed.iter().enumerate();
        let mut places = places.filter(|(_, claimed)| of_hash(claimed)).map(|(at, _)| at);
        places.find(|&at| is_it(at))
    }

    pub(super) fn push(&mut self, claim: &Claim, claimant: &mut dyn Claimant<M>) {
        let &Claim { hash, arrival, name, kind, deadline, .. } = claim;
        // The key first: copying it may panic.
        claimant.put(&mut self.keys);
        let state = State::Alone;
        self.claimed.push(Claimed { hash, arrival, name, kind, deadline, state });
    }

    /// Makes the flight of a claim, which its leader does not know of yet.
    pub(super) fn fly(
        &mut self,
        at: usize,
        key: KeyOf<M>,
        drive: fn(Arc<Flight<M>>) -> M::Task,
    ) -> Arc<Flight<M>> {
        let claimed = &mut self.claimed[at];
        let &mut Claimed { hash, arrival, name, kind, deadline, .. } = claimed;
        let name = Some(name);
        let runtime = None;
        let beginning = Beginning { key, hash, arrival, name, kind, deadline, runtime, drive };
        let flight = Arc::new(Flight::new(beginning));
        claimed.state = State::Flies(flight.clone());
        flight
    }

    /// Makes the flights of all claims of loads, but for those that this thread polls; tells
    /// whether each has its key.
    pub(super) fn fly_all(&mut self, drive: fn(Arc<Flight<M>>) -> M::Task) -> Flown<M> {
        let mut flown = Vec::new();
        for at in 0..self.claimed.len() {
            let &Claimed { kind, name, ref state, .. } = &self.claimed[at];
            let is_alone = match state {
                State::Alone => true,
                State::Superseded => false,
                State::Flies(_) => continue,
            };
            if kind != Kind::Insert && !is_inside(name) {
                let key = (self.of.key)(&mut self.keys, at, false);
                flown.push((self.fly(at, key, drive), is_alone));
            }
        }
        flown
    }

    /// Frees the key of a claim.
    pub(super) fn supersede(&mut self, at: usize) {
        self.claimed[at].state = State::Superseded;
    }

    /// Frees the keys of all claims.
    pub(super) fn supersede_all(&mut self) {
        for claimed in &mut self.claimed {
            if claimed.is_alone() {
                claimed.state = State::Superseded;
            }
        }
    }

    pub(super) fn state(&self, claim: &Claim) -> &State<M> {
        &self.claimed[self.place(claim)].state
    }

    /// Ends a claim, whose key the claimant takes back.
    pub(super) fn end(&mut self, claim: &Claim, claimant: &mut dyn Claimant<M>) -> State<M> {
        let at = self.place(claim);
        claimant.take(&mut self.keys, at);
        self.claimed.swap_remove(at).state
    }

    /// Ends a claim whose claimant has gone; its key is to be dropped outside the lock.
    pub(super) fn abandon(&mut self, claim: &Claim) -> (State<M>, KeyOf<M>) {
        let at = self.place(claim);
        (self.claimed.swap_remove(at).state, (self.of.key)(&mut self.keys, at, true))
    }

    fn place(&self, claim: &Claim) -> usize {
        // The newest ends first.
        match self.claimed.iter().rposition(|claimed| claimed.arrival == claim.arrival) {
            Some(at) => at,
            None => unreachable!("a claim is there until its leader ends it"),
        }
    }
}

impl<M: Threading> Claimed<M> {
    const fn is_alone(&self) -> bool {
        matches!(self.state, State::Alone)
    }
}
