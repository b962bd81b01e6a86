//! One shard: entries, how long they live, and who leaves next.

use core::mem;

use super::{
    leavers::Leavers,
    lines::{Lines, Place},
    lives::{Lives, Times},
    policy::{Order, Policy},
    resident::Resident,
    ring::{Ring, Side, Slot, Spot},
};
use crate::{entry::CacheEntry, key::Lookup, time::Instant};

use alloc::vec::Vec;

/// Entries by key, in the order in which they leave.
///
/// Of the user's code only a key's `Eq` and a value's `Clone` are ever run here, by [`find`],
/// [`locate`] and what reads, so a panic interrupts nothing that is half done; what leaves is
/// returned, to be dropped outside the lock.
///
/// [`find`]: Self::find
/// [`locate`]: Self::locate
pub(super) struct Shard<K, V> {
    lines: Lines<K, V>,
    lives: Lives,
    order: Order,
}

impl<K, V> Shard<K, V> {
    /// Makes an empty shard whose part of the capacity is `share`.
    pub(super) fn new(policy: Policy, share: usize, weighed: bool) -> Self {
        let order = Order::new(policy, share, weighed);
        Self { lines: Lines::new(weighed), lives: Lives::default(), order }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) const fn weight(&self) -> usize {
        self.lines.weight()
    }

    /// Whether there are as many entries as a shard can tell apart.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= Ring::MOST
    }

    #[inline]
    pub(super) fn find<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Resident<K, V>> {
        self.lines.find(hash, key)
    }

    /// Where the entry of a key is.
    #[inline]
    pub(super) fn locate<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<Place> {
        self.lines.locate(hash, key)
    }

    #[inline]
    pub(super) fn created(&self, resident: &Resident<K, V>) -> Instant {
        self.lives.created(resident.dated())
    }

    /// Whether nobody is behind an entry in its line.
    #[inline]
    pub(super) fn is_last(&self, spot: Spot) -> bool {
        self.lines.ring(spot.side()).is_last(spot)
    }

    pub(super) fn weight_at(&self, spot: Spot) -> u32 {
        self.lines.ring(spot.side()).weight_at(spot)
    }

    /// Says where an entry begins that is about to be inserted, and learns that it was asked for.
    #[inline]
    pub(super) fn admit(&mut self, hash: u64) -> Side {
        self.order.admit(hash)
    }

    /// Orders the entries for one more that needs nobody's place.
    #[inline]
    pub(super) fn make_way(&mut self, side: Side) {
        if side == Side::Small {
            self.order.graduate(&mut self.lines);
        }
    }

    /// Inserts the entry of a key that is not there.
    #[inline]
    pub(super) fn insert(
        &mut self,
        hash: u64,
        pair: (K, V),
        times: &Times,
        weight: u32,
        side: Side,
    ) {
        let dated = self.lives.begin(times);
        self.lines.insert(hash, pair, dated, weight, side);
    }

    /// Replaces the value and the times of an entry, and returns the value before.
    pub(super) fn rewrite(
        &mut self,
        place: Place,
        value: V,
        times: &Times,
        weight: u32,
    ) -> Option<V> {
        let resident = self.lines.resident_mut(place)?;
        let (value, before) = resident.rewrite(value, self.lives.begin(times));
        self.lives.end(before);
        if !self.order.renews_on_write() {
            resident.count();
        }
        self.lines.reweigh(place.spot, weight);
        if self.order.renews_on_write() {
            self.lines.renew(place);
        }
        Some(value)
    }

    /// Moves the entry of a slot to the end of its ring, if it is there still.
    pub(super) fn renew(&mut self, slot: Slot) {
        if let Some(place) = self.lines.at(slot) {
            self.lines.renew(place);
        }
    }

    /// Removes who leaves first, and returns what it weighed; `None` if there is nobody.
    #[inline(never)]
    pub(super) fn evict(&mut self, leavers: &mut Leavers<K, V>) -> Option<u32> {
        let victim = self.order.victim(&mut self.lines)?;
        self.remove(victim, leavers)
    }

    /// Removes an entry, and returns what it weighed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn remove(&mut self, place: Place, leavers: &mut Leavers<K, V>) -> Option<u32> {
        let (resident, weight) = self.lines.remove(place)?;
        self.lives.end(resident.dated());
        leavers.add(resident);
        Some(weight)
    }

    /// Empties the shard into the caller's hands; all that it has learnt is forgotten.
    pub(super) fn take(&mut self) -> Self {
        let fresh =
            Self { lines: self.lines.anew(), lives: Lives::default(), order: self.order.anew() };
        mem::replace(self, fresh)
    }

    /// Sets the shard's part of the capacity.
    pub(super) fn set_share(&mut self, share: usize) {
        self.order.set_share(share, &mut self.lines);
    }

    /// Gives back memory that was for more entries.
    pub(super) fn shrink(&mut self) {
        self.lines.shrink();
    }
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
        copies.reserve(self.lines.len());
        let copy = |resident: &Resident<K, V>| (resident.key.clone(), self.entry(resident));
        copies.extend(self.lines.iter().map(copy));
    }
}
