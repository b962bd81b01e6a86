//! Entries by key, and the rings in which they wait to leave.

use hashbrown::{HashTable, hash_table::OccupiedEntry};

use super::{
    lives::Dated,
    resident::Resident,
    ring::{Ring, Side, Slot, Spot},
};
use crate::key::Lookup;

/// Entries by key, in the order in which they leave.
///
/// The spot that an entry notes is a slot with the entry's hash, and no two entries note the same
/// one. Of the user's code only a key's `Eq` is ever run here, by what finds by key, so a panic
/// interrupts nothing that is half done.
pub(super) struct Lines<K, V> {
    table: HashTable<Resident<K, V>>,
    rings: Rings,
    /// How often entries have changed buckets in a table of the same size; wraps.
    rebuilt: u32,
}

struct Rings {
    small: Ring,
    main: Ring,
}

/// Where an entry is. The bucket holds until an entry is inserted.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) hash: u64,
    pub(super) spot: Spot,
    /// How often the entry was hit when it was found.
    pub(super) counter: u32,
    bucket: usize,
}

/// Tells whether entries are still in the buckets in which they were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    buckets: usize,
    rebuilt: u32,
}

impl Layout {
    pub(super) const fn buckets(&self) -> usize {
        self.buckets
    }
}

impl<K, V> Lines<K, V> {
    pub(super) fn new(weighed: bool) -> Self {
        let rings =
            Rings { small: Ring::new(Side::Small, weighed), main: Ring::new(Side::Main, weighed) };
        Self { table: HashTable::new(), rings, rebuilt: 0 }
    }

    /// Makes empty ones of the same kind.
    pub(super) fn anew(&self) -> Self {
        let rebuilt = self.rebuilt.wrapping_add(1);
        Self { rebuilt, ..Self::new(self.rings.main.is_weighed()) }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) const fn weight(&self) -> usize {
        self.rings.small.weight() + self.rings.main.weight()
    }

    #[inline]
    pub(super) const fn ring(&self, side: Side) -> &Ring {
        self.rings.of(side)
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
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn first(&mut self, side: Side) -> Option<Place> {
        loop {
            let slot = self.rings.of(side).front()?;
            let place = self.at(slot);
            if place.is_some() {
                return place;
            }
            self.rings.of_mut(side).skip_stale();
        }
    }

    #[inline]
    fn located(&self, hash: u64, is_it: impl Fn(&Resident<K, V>) -> bool) -> Option<Place> {
        let bucket = self.table.find_bucket_index(hash, is_it)?;
        let (spot, counter) = self.table.get_bucket(bucket)?.standing();
        Some(Place { hash, spot, counter, bucket })
    }

    /// How entries lie, as long as none is inserted that makes the table grow.
    pub(super) fn layout(&self) -> Layout {
        Layout { buckets: self.table.num_buckets(), rebuilt: self.rebuilt }
    }

    /// Who is in a bucket.
    pub(super) fn resident_in(&self, bucket: usize) -> Option<&Resident<K, V>> {
        self.table.get_bucket(bucket)
    }

    /// Where the entry in a bucket is.
    pub(super) fn place_of(&self, bucket: usize) -> Option<Place> {
        let resident = self.table.get_bucket(bucket)?;
        let (spot, counter) = resident.standing();
        Some(Place { hash: self.rings.hash_of(resident), spot, counter, bucket })
    }

    /// All entries, by their order in each ring.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Resident<K, V>> {
        let slots = self.rings.main.slots().chain(self.rings.small.slots());
        slots.filter_map(|slot| self.table.find(slot.hash, |resident| resident.spot() == slot.spot))
    }

    /// The entry at a place.
    pub(super) fn resident(&self, place: Place) -> Option<&Resident<K, V>> {
        self.table.get_bucket(place.bucket)
    }

    /// The entry at a place.
    #[inline]
    pub(super) fn resident_mut(&mut self, place: Place) -> Option<&mut Resident<K, V>> {
        self.table.get_bucket_mut(place.bucket)
    }

    pub(super) fn reweigh(&mut self, spot: Spot, weight: u32) {
        self.rings.of_mut(spot.side()).reweigh(spot, weight);
    }

    /// Inserts the entry of a key that is not there.
    #[inline]
    pub(super) fn insert(
        &mut self,
        hash: u64,
        (key, value): (K, V),
        dated: Dated,
        weight: u32,
        side: Side,
    ) {
        self.sweep();
        let spot = self.rings.of_mut(side).push(hash, weight);
        let resident = Resident::new(key, value, dated, spot);
        let rings = &self.rings;
        // The ring knows the hash: the key's own `Hash` does not run under a lock.
        self.table.insert_unique(hash, resident, |resident| rings.hash_of(resident));
        debug_assert!(self.is_whole());
    }

    /// Moves an entry to the end of its ring.
    pub(super) fn renew(&mut self, place: Place) {
        self.shift(place, place.spot.side(), 0);
        self.tidy(place.spot.side());
    }

    /// Moves an entry to the end of a ring, where it begins with a counter.
    #[inline(never)]
    pub(super) fn shift(&mut self, place: Place, side: Side, counter: u32) {
        if let Some(resident) = self.table.get_bucket_mut(place.bucket) {
            let weight = self.rings.of_mut(place.spot.side()).vacate(place.spot);
            resident.settle(self.rings.of_mut(side).push(place.hash, weight), counter);
        }
    }

    /// Takes from an entry the hits that it has counted.
    pub(super) fn forget_hits(&mut self, place: Place) {
        if let Some(resident) = self.table.get_bucket_mut(place.bucket) {
            resident.settle(place.spot, 0);
        }
    }

    /// Returns the entry and what it weighed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn remove(&mut self, place: Place) -> Option<(Resident<K, V>, u32)> {
        let found = self.table.get_bucket_entry(place.bucket).ok();
        let (resident, _) = found.map(OccupiedEntry::remove)?;
        let weight = self.rings.of_mut(place.spot.side()).vacate(place.spot);
        self.tidy(place.spot.side());
        debug_assert!(self.is_whole());
        Some((resident, weight))
    }

    /// Gives back memory that was for more entries.
    pub(super) fn shrink(&mut self) {
        self.rebuilt = self.rebuilt.wrapping_add(1);
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
        // One that is fuller can only double, which shows; a tiny one may be sorted out in place.
        if len <= buckets / 10 * FILLED || buckets < 16 {
            self.rebuilt = self.rebuilt.wrapping_add(1);
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
            || self.rings.small.len() + self.rings.main.len() == self.table.len()
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

impl Rings {
    #[inline]
    const fn of(&self, side: Side) -> &Ring {
        match side {
            Side::Small => &self.small,
            Side::Main => &self.main,
        }
    }

    #[inline]
    const fn of_mut(&mut self, side: Side) -> &mut Ring {
        match side {
            Side::Small => &mut self.small,
            Side::Main => &mut self.main,
        }
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
    use crate::{
        entry::CacheEntry,
        storage::memory::lives::{Lives, Times},
        time::Instant,
    };

    /// Without sweeping it would double, as every removal may leave a mark behind.
    #[test]
    fn a_table_stays_as_large_as_it_is_while_entries_come_and_go() {
        let mut lines = Lines::<u64, ()>::new(false);
        let dated = Lives::default().begin(&Times::of(&CacheEntry::new((), Instant::ZERO)));
        let insert = |lines: &mut Lines<u64, ()>, key: u64| {
            let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
            let hash = (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            lines.insert(hash, (key, ()), dated, 1, Side::Main);
        };
        let entries = 1_024 / 10 * FILLED as u64;
        (0..entries).for_each(|key| insert(&mut lines, key));
        let buckets = lines.table.num_buckets();
        assert_eq!(buckets, 1_024);
        for key in entries..100 * entries {
            let first = lines.first(Side::Main).expect("it is full");
            let (left, _) = lines.remove(first).expect("it is there");
            assert_eq!(left.key, key - entries);
            insert(&mut lines, key);
        }
        assert_eq!((lines.table.num_buckets(), lines.len()), (buckets, entries as usize));
    }
}
