//! The entries of a shard as those see them who order them.

use super::{
    ring::Spot,
    standing::{Parting, Standing},
};

/// The buckets of a shard's table, in which entries sit.
///
/// What decides who leaves and when knows no keys and no values: through this it is compiled once for
/// all of them, and not again for each pair of types. No method runs code of the user's.
pub(super) trait Buckets {
    /// The number of entries.
    fn len(&self) -> usize;

    /// The number of buckets.
    fn buckets(&self) -> usize;

    /// The number of buckets in which entries sit, more than [`buckets`](Self::buckets) while they are
    /// moving.
    fn all_buckets(&self) -> usize;

    /// The bucket of the entry that has this hash and notes this spot.
    fn find(&self, hash: u64, spot: Spot) -> Option<(usize, &Standing)>;

    /// Who sits in a bucket.
    fn at(&self, bucket: usize) -> Option<&Standing>;

    /// Takes the entry out of a bucket, to be dropped outside of the lock.
    fn leave(&mut self, bucket: usize) -> Option<Parting>;

    /// Takes all entries out.
    fn leave_all(&mut self);

    /// Whether entries are on their way from one table to another.
    fn are_moving(&self) -> bool;

    /// Begins to move all entries to a new table with room for so many; none may be moving.
    fn resettle(&mut self, capacity: usize);

    /// Goes on to move entries, out of so many buckets at most; `hash` tells what they hash to.
    fn move_some(&mut self, buckets: usize, hash: HashOf<'_>);
}

/// Tells what an entry hashes to: the key's own `Hash` does not run under a lock.
pub(super) type HashOf<'a> = &'a dyn Fn(&Standing) -> u64;

/// Where an entry is. It holds until an entry is inserted or leaves.
#[derive(Clone, Copy)]
pub(super) struct Location<'a> {
    pub(super) hash: u64,
    pub(super) bucket: usize,
    pub(super) standing: &'a Standing,
}
