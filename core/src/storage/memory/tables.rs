//! The entries of a shard by key, in one table, or moving from one to another.

use core::mem;

use hashbrown::HashTable;

use super::{
    buckets::HashOf, leavers::Leavers, resident::Resident, ring::RingSlot, standing::Parting,
};
use crate::key::Lookup;

/// Entries by key.
///
/// A table that has to grow or to shrink does not do so at once, as that would keep all others
/// waiting: there is a new one, and entries move there a few at a time. Until all have moved, an
/// entry that is not in the one is looked for in the other.
pub(super) struct Tables<K, V> {
    table: HashTable<Resident<K, V>>,
    /// The table that entries are moving from, or one without buckets.
    old: HashTable<Resident<K, V>>,
    /// The bucket of the old table from which they move next.
    next: usize,
}

impl<K, V> Tables<K, V> {
    pub(super) const fn new() -> Self {
        Self { table: HashTable::new(), old: HashTable::new(), next: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len() + self.old.len()
    }

    /// The number of buckets of the table that entries move to.
    pub(super) fn buckets(&self) -> usize {
        self.table.num_buckets()
    }

    /// The number of all buckets.
    pub(super) fn all_buckets(&self) -> usize {
        let old = if self.are_moving() { self.old.num_buckets() } else { 0 };
        self.table.num_buckets() + old
    }

    /// Whether entries are moving.
    #[inline]
    pub(super) fn are_moving(&self) -> bool {
        self.old.num_buckets() > 1
    }

    /// Whether one more entry needs a larger table.
    #[inline]
    pub(super) fn are_crowded(&self) -> bool {
        self.table.len() == self.table.capacity()
    }

    /// The entry of a key, unless it has still to move.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn glance<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Resident<K, V>> {
        self.table.find(hash, |resident| key.matches(&resident.key))
    }

    #[inline]
    pub(super) fn find<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Resident<K, V>> {
        let found = self.glance(hash, key);
        if found.is_none() && self.are_moving() {
            return self.find_old(hash, &|resident| key.matches(&resident.key));
        }
        found
    }

    /// The entry of a slot, and its bucket.
    #[inline]
    pub(super) fn find_slot(
        &self,
        RingSlot { hash, spot }: RingSlot,
    ) -> Option<(usize, &Resident<K, V>)> {
        let is_it = |resident: &Resident<K, V>| resident.standing.spot() == spot;
        let Some(bucket) = self.table.find_bucket_index(hash, is_it) else {
            if self.are_moving() {
                let bucket = self.locate_old(hash, &is_it)?;
                return Some((bucket, self.get(bucket)?));
            }
            return None;
        };
        Some((bucket, self.table.get_bucket(bucket)?))
    }

    /// The entries of a hash, and others that are near.
    pub(super) fn near(&self, hash: u64) -> impl Iterator<Item = &Resident<K, V>> {
        self.table.iter_hash(hash).chain(self.old.iter_hash(hash))
    }

    // Apart, as it is rare.
    #[cold]
    #[inline(never)]
    fn find_old(
        &self,
        hash: u64,
        is_it: &dyn Fn(&Resident<K, V>) -> bool,
    ) -> Option<&Resident<K, V>> {
        self.old.find(hash, is_it)
    }

    /// The bucket of the entry of a key.
    #[inline]
    pub(super) fn locate(&self, hash: u64, key: &K) -> Option<usize>
    where
        K: Eq,
    {
        let bucket = self.table.find_bucket_index(hash, |resident| resident.key == *key);
        if bucket.is_none() && self.are_moving() {
            return self.locate_old(hash, &|resident| resident.key == *key);
        }
        bucket
    }

    /// The bucket of an entry.
    pub(super) fn locate_by(
        &self,
        hash: u64,
        is_it: impl Fn(&Resident<K, V>) -> bool,
    ) -> Option<usize> {
        let bucket = self.table.find_bucket_index(hash, &is_it);
        bucket.or_else(|| self.are_moving().then(|| self.locate_old(hash, &is_it))?)
    }

    #[cold]
    #[inline(never)]
    fn locate_old(&self, hash: u64, is_it: &dyn Fn(&Resident<K, V>) -> bool) -> Option<usize> {
        Some(self.table.num_buckets() + self.old.find_bucket_index(hash, is_it)?)
    }

    /// The entry in a bucket. Those of the old table come after those of the other.
    #[inline]
    pub(super) fn get(&self, bucket: usize) -> Option<&Resident<K, V>> {
        match bucket.checked_sub(self.table.num_buckets()) {
            None => self.table.get_bucket(bucket),
            Some(bucket) => self.old.get_bucket(bucket),
        }
    }

    /// The entry in a bucket.
    #[inline]
    pub(super) fn get_mut(&mut self, bucket: usize) -> Option<&mut Resident<K, V>> {
        match bucket.checked_sub(self.table.num_buckets()) {
            None => self.table.get_bucket_mut(bucket),
            Some(bucket) => self.old.get_bucket_mut(bucket),
        }
    }

    #[inline]
    pub(super) fn insert(&mut self, hash: u64, resident: Resident<K, V>, hash_of: HashOf<'_>) {
        self.table.insert_unique(hash, resident, hasher(hash_of));
    }

    /// Takes the entry out of a bucket.
    #[inline]
    pub(super) fn leave(&mut self, bucket: usize, left: &mut Leavers<K, V>) -> Option<Parting> {
        if bucket >= self.table.num_buckets() {
            return self.leave_old(bucket - self.table.num_buckets(), left);
        }
        leave(&mut self.table, bucket, left)
    }

    #[cold]
    #[inline(never)]
    fn leave_old(&mut self, bucket: usize, left: &mut Leavers<K, V>) -> Option<Parting> {
        leave(&mut self.old, bucket, left)
    }

    /// Takes all entries out.
    pub(super) fn leave_all(&mut self, left: &mut Leavers<K, V>) {
        let Self { table, old, .. } = mem::replace(self, Self::new());
        left.add_all([table, old]);
    }

    /// Begins to move to a new table with room for so many.
    pub(super) fn resettle(&mut self, capacity: usize) {
        debug_assert!(!self.are_moving());
        self.old = mem::replace(&mut self.table, HashTable::with_capacity(capacity));
        self.next = 0;
    }

    /// Moves entries on, out of at most `buckets` buckets.
    #[inline(never)]
    pub(super) fn move_some(&mut self, buckets: usize, hash: HashOf<'_>, left: &mut Leavers<K, V>) {
        let end = self.old.num_buckets().min(self.next + buckets);
        for bucket in self.next..end {
            if let Ok(entry) = self.old.get_bucket_entry(bucket) {
                let resident = entry.remove().0;
                self.table.insert_unique(hash(&resident.standing), resident, hasher(hash));
            }
        }
        self.next = end;
        if self.old.is_empty() {
            let old = mem::take(&mut self.old);
            // Giving a lot of memory back takes its time.
            if left.are_none() {
                left.add_all([old, HashTable::new()]);
            }
        }
    }
}

#[inline]
fn leave<K, V>(
    table: &mut HashTable<Resident<K, V>>,
    bucket: usize,
    left: &mut Leavers<K, V>,
) -> Option<Parting> {
    let entry = table.get_bucket_entry(bucket).ok()?;
    let parting = entry.get().standing.parting();
    left.add(entry);
    Some(parting)
}

/// One for all uses, as the table is compiled again for each.
#[inline]
fn hasher<K, V>(hash: HashOf<'_>) -> impl Fn(&Resident<K, V>) -> u64 + '_ {
    |resident| hash(&resident.standing)
}

#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests {
    use crate::{
        entry::CacheEntry,
        storage::memory::{
            ledger::{Evicted, Ledger},
            lives::Times,
            policy::Policy,
            portion::Portion,
            ring::Side,
            shard::Shard,
        },
        time::Instant,
    };

    type Entries = Shard<u64, ()>;

    fn hash(key: u64) -> u64 {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    fn insert(shard: &mut Entries, key: u64, dies: Option<u64>) {
        let mut entry = CacheEntry::new((), Instant::ZERO);
        if let Some(dies) = dies {
            entry.retain_until = Instant::from_nanos(dies);
        }
        shard.insert(hash(key), key, Times::of(&entry), 1, Side::Main);
    }

    fn is_moving(shard: &mut Entries) -> bool {
        shard.dismiss(|_, table| table.are_moving())
    }

    /// Entries, some of which are still where they were before the table grew.
    fn moving() -> (Entries, u64) {
        let mut shard = Shard::new(Policy::LeastRecentlyUpdated, usize::MAX, false);
        let mut keys = 0;
        while keys < 10_000 || !is_moving(&mut shard) {
            insert(&mut shard, keys, Some(10 + keys % 2));
            keys += 1;
        }
        (shard, keys)
    }

    #[test]
    fn a_table_that_grows_moves_a_few_entries_at_once() {
        let (mut shard, mut keys) = moving();
        let (buckets, mut insertions) = (shard.buckets(), 0);
        while is_moving(&mut shard) {
            insert(&mut shard, keys, None);
            (keys, insertions) = (keys + 1, insertions + 1);
            assert!((0..keys).step_by(97).all(|key| shard.resident(hash(key), &key).is_some()));
        }
        assert!(insertions > 50, "{insertions}");
        assert_eq!((shard.buckets(), shard.len() as u64), (buckets, keys));
        assert!((0..keys).all(|key| shard.resident(hash(key), &key).is_some()));
    }

    #[test]
    fn entries_that_are_moving_leave_as_others_do() {
        let (mut shard, keys) = moving();
        for key in 0..keys / 2 {
            let bucket = shard.locate(hash(key), &key).expect("it is there");
            assert_eq!(shard.key_in(bucket), key);
            assert_eq!(shard.dismiss(|ledger, table| ledger.remove(bucket, table)), Some(1));
            assert!(shard.locate(hash(key), &key).is_none());
        }
        assert!(is_moving(&mut shard));
        for key in keys / 2..keys {
            let evicted = shard.dismiss(|ledger, table| {
                // The slots of entries that left before are passed on the way to the first.
                let mut evicted = Evicted::Later;
                while matches!(evicted, Evicted::Later) {
                    evicted = ledger.evict(Instant::ZERO, &mut Portion::new(), table);
                }
                evicted
            });
            assert!(matches!(evicted, Evicted::Freed(1)));
            assert!(shard.resident(hash(key), &key).is_none(), "{key}");
        }
        assert_eq!(shard.len(), 0);
    }

    #[test]
    fn a_sweep_waits_for_those_who_are_moving_and_finds_all_of_the_dead() {
        let (mut shard, keys) = moving();
        let (mut walk, mut swept) = (None, 0);
        loop {
            let now = Instant::from_nanos(10);
            let portion = shard.dismiss(|ledger, table| ledger.sweep(&mut walk, now, table));
            swept += portion.entries as u64;
            if !portion.more {
                break;
            }
        }
        assert_eq!((swept, shard.len() as u64), (keys.div_ceil(2), keys / 2));
    }

    #[test]
    fn a_shard_whose_entries_are_moving_leaves_as_a_whole() {
        let (mut shard, keys) = moving();
        let before = shard.dismiss(Ledger::leave_all);
        assert_eq!((before.entries() as u64, shard.len()), (keys, 0));
        assert!(!is_moving(&mut shard));
        insert(&mut shard, 1, None);
        assert!(shard.resident(hash(1), &1).is_some());
    }
}
