//! A leader's hold on a key whose load nothing else has to do with yet.

use super::flight::{Beginning, Flight, Kind, Subject};
use crate::{
    runtime::{KeyOf, Threading},
    sync::Arc,
    time::Instant,
};

/// A key that its leader holds while it polls the load for the first time.
///
/// Most such loads end then, and nothing else has asked for their key: they need no flight. It is
/// made under the lock of the key's shard as soon as anything has to do with it, be it a joiner or
/// a change, and it is made by the leader if the load waits. The leader has to end the claim.
#[must_use = "the key stays held until the claim has ended"]
pub(crate) struct Claim<M: Threading> {
    pub(crate) key: KeyOf<M>,
    pub(crate) hash: u64,
    pub(crate) kind: Kind,
    pub(crate) deadline: Instant,
    pub(super) turn: usize,
    /// How many flights had been made of claims in this shard.
    pub(super) made: usize,
}

/// What the table knows of a claim.
pub(super) struct Claimed<M: Threading> {
    pub(super) key: KeyOf<M>,
    pub(super) hash: u64,
    pub(super) turn: usize,
    pub(super) kind: Kind,
    pub(super) deadline: Instant,
}

impl<M: Threading> Claim<M> {
    /// Which load it is.
    pub(crate) const fn subject(&self) -> Subject<'_, M> {
        Subject { key: &self.key, hash: self.hash, kind: self.kind }
    }
}

impl<M: Threading> Claimed<M> {
    /// What the leader knows of it, where so many flights have been made of claims.
    pub(super) fn claim(&self, made: usize) -> Claim<M> {
        let Self { hash, turn, kind, deadline, .. } = *self;
        Claim { key: self.key.clone(), hash, kind, deadline, turn, made }
    }

    /// Makes the flight of a claim, which its leader does not know of yet.
    pub(super) fn flight(&self, drive: fn(Arc<Flight<M>>) -> M::Task) -> Arc<Flight<M>> {
        let Self { hash, turn, kind, deadline, .. } = *self;
        let (key, runtime) = (self.key.clone(), None);
        Arc::new(Flight::new(Beginning { key, hash, turn, kind, deadline, runtime, drive }))
    }
}
