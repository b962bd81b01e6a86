//! One shard: a table of entries and the rings in which they wait to leave.

use core::mem;

use hashbrown::{HashTable, hash_table::OccupiedEntry};

use super::{
    lives::Lives,
    policy::{Order, Policy},
    resident::Resident,
    ring::{Ring, Side, Slot, Spot},
};
use crate::{entry::CacheEntry, key::Lookup, time::Instant};

use alloc::vec::Vec;

/// Entries by key, in the order in which they leave.
///
/// The spot that an entry notes is a slot with the entry's hash, and no two entries note the same
/// one. Of the user's code only a key's `Eq` and a value's `Clone` are ever run here, by [`find`] and
/// what reads, so a panic interrupts nothing that is half done; what leaves is returned, to be
/// dropped outside the lock.
///
/// [`find`]: Self::find
pub(super) struct Shard<K, V> {
    table: HashTable<Resident<K, V>>,
    pub(super) rings: Rings,
    lives: Lives,
    pub(super) order: Order,
}

pub(super) struct Rings {
    small: Ring,
    main: Ring,
}

/// Where an entry is. The bucket holds until an entry is inserted.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) hash: u64,
    pub(super) spot: Spot,
    bucket: usize,
}

/// What has left, and what it weighed.
pub(super) struct Left<K, V> {
    #[allow(dead_code, reason = "it is carried out of the lock to be dropped")]
    resident: Resident<K, V>,
    pub(super) weight: u32,
}

impl<K, V> Shard<K, V> {
    /// Makes an empty shard whose part of the capacity is `share`.
    pub(super) fn new(policy: Policy, share: usize, weighed: bool) -> Self {
        Self {
            table: HashTable::new(),
            rings: Rings::new(weighed),
            lives: Lives::default(),
            order: Order::new(policy, share, weighed),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) const fn weight(&self) -> usize {
        self.rings.weight()
    }

    /// Whether there are as many entries as a shard can tell apart.
    pub(super) fn is_full(&self) -> bool {
        self.table.len() >= Ring::MOST
    }

    #[inline]
    pub(super) fn find<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Resident<K, V>> {
        self.table.find(hash, |resident| key.matches(&resident.key))
    }

    /// Where the entry of a key is.
    #[inline]
    pub(super) fn locate<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<Place> {
        self.located(hash, |resident| key.matches(&resident.key))
    }

    /// Where the entry of a slot is; `None` if the slot is stale.
    #[inline]
    pub(super) fn at(&self, Slot { hash, spot }: Slot) -> Option<Place> {
        self.located(hash, |resident| resident.spot() == spot)
    }

    /// Who is first in a line, past the slots of those who are there no more.
    #[inline]
    pub(super) fn first(&mut self, side: Side) -> Option<Place> {
        loop {
            let slot = self.rings.of(side).front()?;
            let place = self.at(slot);
            if place.is_some() {
                return place;
            }
            self.rings.of_mut(side).skip();
        }
    }

    /// How often an entry was hit.
    #[inline]
    pub(super) fn counter(&self, place: Place) -> u32 {
        self.table.get_bucket(place.bucket).map_or(0, Resident::counter)
    }

    #[inline]
    fn located(&self, hash: u64, is_it: impl FnMut(&Resident<K, V>) -> bool) -> Option<Place> {
        let bucket = self.table.find_bucket_index(hash, is_it)?;
        let spot = self.table.get_bucket(bucket)?.spot();
        Some(Place { hash, spot, bucket })
    }

    #[inline]
    pub(super) fn created(&self, resident: &Resident<K, V>) -> Instant {
        self.lives.created(resident.dated())
    }

    /// Whether nobody is behind an entry in its line.
    #[inline]
    pub(super) fn is_last(&self, spot: Spot) -> bool {
        self.rings.of(spot.side()).is_last(spot)
    }

    pub(super) fn weight_at(&self, spot: Spot) -> u32 {
        self.rings.of(spot.side()).weight_at(spot)
    }

    /// Inserts the entry of a key that is not there.
    pub(super) fn insert(
        &mut self,
        hash: u64,
        (key, entry): (K, CacheEntry<V>),
        weight: u32,
        side: Side,
    ) {
        self.sweep();
        let dated = self.lives.begin(&entry);
        let spot = self.rings.of_mut(side).push(hash, weight);
        let resident = Resident::new(key, entry.value, dated, spot);
        let rings = &self.rings;
        // The ring knows the hash: the key's own `Hash` does not run under a lock.
        self.table.insert_unique(hash, resident, |resident| rings.hash_of(resident));
        debug_assert!(self.is_whole());
    }

    /// Replaces the value and the times of an entry, and returns the value before.
    pub(super) fn rewrite(&mut self, place: Place, entry: CacheEntry<V>, weight: u32) -> Option<V> {
        let resident = self.table.get_bucket_mut(place.bucket)?;
        let dated = self.lives.begin(&entry);
        let (value, before) = resident.rewrite(entry.value, dated);
        self.lives.end(before);
        self.rings.of_mut(place.spot.side()).reweigh(place.spot, weight);
        if self.order.renews_on_write() {
            self.renew(place);
        } else {
            resident.count();
        }
        debug_assert!(self.is_whole());
        Some(value)
    }

    /// Moves an entry to the end of its ring.
    pub(super) fn renew(&mut self, place: Place) {
        self.shift(place, place.spot.side(), 0);
        self.tidy(place.spot.side());
    }

    /// Moves an entry to the end of a ring, where it begins with a counter.
    pub(super) fn shift(&mut self, place: Place, side: Side, counter: u32) {
        if let Some(resident) = self.table.get_bucket_mut(place.bucket) {
            let weight = self.rings.of_mut(place.spot.side()).vacate(place.spot);
            resident.settle(self.rings.of_mut(side).push(place.hash, weight), counter);
        }
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<Left<K, V>> {
        let found = self.table.get_bucket_entry(place.bucket).ok();
        let (resident, _) = found.map(OccupiedEntry::remove)?;
        self.lives.end(resident.dated());
        let weight = self.rings.of_mut(place.spot.side()).vacate(place.spot);
        self.tidy(place.spot.side());
        debug_assert!(self.is_whole());
        Some(Left { resident, weight })
    }

    /// Removes the first in a line.
    pub(super) fn pop(&mut self, side: Side) -> Option<Left<K, V>> {
        let place = self.first(side)?;
        self.remove(place)
    }

    /// Empties the shard into the caller's hands; all that it has learnt is forgotten.
    pub(super) fn take(&mut self) -> Self {
        let fresh = Self {
            table: HashTable::new(),
            rings: Rings::new(self.rings.is_weighed()),
            lives: Lives::default(),
            order: self.order.anew(),
        };
        mem::replace(self, fresh)
    }

    /// Gives back memory that was for more entries.
    pub(super) fn shrink(&mut self) {
        let rings = &self.rings;
        self.table.shrink_to(fitting(self.table.len()), |resident| rings.hash_of(resident));
        self.rings.small.shrink();
        self.rings.main.shrink();
    }

    /// Drops stale slots once they are the most.
    #[inline]
    fn tidy(&mut self, side: Side) {
        if self.rings.of(side).is_littered() {
            self.tidied(side);
        }
    }

    #[cold]
    fn tidied(&mut self, side: Side) {
        let table = &mut self.table;
        self.rings.of_mut(side).compact(|hash, from, to| {
            let resident = table.find_mut(hash, |resident| resident.spot() == from);
            resident.map(|resident| resident.settle(to, resident.counter())).is_some()
        });
    }

    /// Rids the table of what removed entries leave behind in it.
    ///
    /// A full table doubles, even if many of its places are taken by nothing but the marks of
    /// removed entries; a cache that evicts as it inserts would double each table once, for nothing.
    #[inline]
    fn sweep(&mut self) {
        if self.table.len() == self.table.capacity() {
            self.swept();
        }
    }

    #[cold]
    fn swept(&mut self) {
        let (len, buckets) = (self.table.len(), self.table.num_buckets());
        if len > 0 && len <= buckets / 10 * FILLED {
            let mut fresh = HashTable::with_capacity(fitting(len));
            for resident in self.table.drain() {
                let hash = self.rings.hash_of(&resident);
                fresh.insert_unique(hash, resident, |resident| self.rings.hash_of(resident));
            }
            self.table = fresh;
        }
    }

    /// Whether table and rings agree; looked at while there is little to look at.
    fn is_whole(&self) -> bool {
        let listed = |ring: &Ring| {
            let slots = ring.slots().filter(|slot| {
                let here = |resident: &&Resident<K, V>| resident.spot() == slot.spot;
                self.table.iter().filter(here).count() == 1
            });
            slots.count() == ring.len()
        };
        self.table.len() > 32
            || self.rings.len() == self.table.len()
                && listed(&self.rings.small)
                && listed(&self.rings.main)
    }
}

/// Tenths of a table up to which it is worth while to sweep it rather than to double it.
pub(super) const FILLED: usize = 7;

/// The capacity of a table that `len` entries fill by seven tenths at most.
const fn fitting(len: usize) -> usize {
    len + len / 4 + 1
}

impl<K, V: Clone> Shard<K, V> {
    #[inline]
    pub(super) fn entry(&self, resident: &Resident<K, V>) -> CacheEntry<V> {
        self.lives.entry(resident.dated(), resident.value.clone())
    }
}

impl<K: Clone, V: Clone> Shard<K, V> {
    /// Copies all entries, in the order in which they leave as far as there is one.
    pub(super) fn copy_into(&self, copies: &mut Vec<(K, CacheEntry<V>)>) {
        copies.reserve(self.table.len());
        for slot in self.rings.main.slots().chain(self.rings.small.slots()) {
            let resident = self.table.find(slot.hash, |resident| resident.spot() == slot.spot);
            copies.extend(resident.map(|resident| (resident.key.clone(), self.entry(resident))));
        }
    }
}

impl Rings {
    fn new(weighed: bool) -> Self {
        Self { small: Ring::new(Side::Small, weighed), main: Ring::new(Side::Main, weighed) }
    }

    #[inline]
    pub(super) const fn of(&self, side: Side) -> &Ring {
        match side {
            Side::Small => &self.small,
            Side::Main => &self.main,
        }
    }

    #[inline]
    pub(super) const fn of_mut(&mut self, side: Side) -> &mut Ring {
        match side {
            Side::Small => &mut self.small,
            Side::Main => &mut self.main,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.small.len() + self.main.len()
    }

    pub(super) const fn weight(&self) -> usize {
        self.small.weight() + self.main.weight()
    }

    const fn is_weighed(&self) -> bool {
        self.main.is_weighed()
    }

    #[inline]
    fn hash_of<K, V>(&self, resident: &Resident<K, V>) -> u64 {
        let spot = resident.spot();
        self.of(spot.side()).hash_at(spot)
    }
}

#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;

    /// Without sweeping it would double, as every removal may leave a mark behind.
    #[test]
    fn a_table_stays_as_large_as_it_is_while_entries_come_and_go() {
        let mut shard = Shard::<u64, ()>::new(Policy::LeastRecentlyUpdated, usize::MAX, false);
        let insert = |shard: &mut Shard<u64, ()>, key: u64| {
            let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
            let hash = (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            shard.insert(hash, (key, CacheEntry::new((), Instant::ZERO)), 1, Side::Main);
        };
        let entries = 1_024 / 10 * FILLED as u64;
        (0..entries).for_each(|key| insert(&mut shard, key));
        let buckets = shard.table.num_buckets();
        assert_eq!(buckets, 1_024);
        for key in entries..100 * entries {
            let left = shard.pop(Side::Main).expect("it is full");
            assert_eq!(left.resident.key, key - entries);
            insert(&mut shard, key);
        }
        assert_eq!((shard.table.num_buckets(), shard.len()), (buckets, entries as usize));
    }
}
