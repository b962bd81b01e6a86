//! The entries of a shard, as its order sees them.

use super::{
    ring::Spot,
    standing::{Parting, Standing},
};

/// The buckets of a shard's table, which hold entries.
///
/// The code that decides which entry leaves, and when, knows no keys and no values: through this
/// trait it is compiled once for all of them, and not again for each pair of types. No method runs
/// the user's code.
pub(super) trait Buckets {
    /// The number of entries.
    fn len(&self) -> usize;

    /// The number of buckets.
    fn buckets(&self) -> usize;

    /// The number of all buckets, more than [`buckets`](Self::buckets) while entries are moving.
    fn all_buckets(&self) -> usize;

    /// The bucket of the entry that has this hash and notes this spot.
    fn find(&self, hash: u64, spot: Spot) -> Option<(usize, &Standing)>;

    /// The entry in a bucket.
    fn at(&self, bucket: usize) -> Option<&Standing>;

    /// Takes the entry out of a bucket, to be dropped outside of the lock.
    fn leave(&mut self, bucket: usize) -> Option<Parting>;

    /// Takes all entries out.
    fn leave_all(&mut self);

    /// Whether entries are moving from one table to another.
    fn are_moving(&self) -> bool;

    /// Begins to move all entries to a new table of this capacity; none may be moving.
    fn resettle(&mut self, capacity: usize);

    /// Goes on to move entries, out of at most `buckets` buckets; `hash` returns their hashes.
    fn move_some(&mut self, buckets: usize, hash: HashOf<'_>);
}

/// Returns the hash of an entry: the key's own `Hash` does not run under a lock.
pub(super) type HashOf<'a> = &'a dyn Fn(&Standing) -> u64;

/// Where an entry is. It is valid until an entry is inserted or leaves.
#[derive(Clone, Copy)]
pub(super) struct Location<'a> {
    pub(super) hash: u64,
    pub(super) bucket: usize,
    pub(super) standing: &'a Standing,
}
