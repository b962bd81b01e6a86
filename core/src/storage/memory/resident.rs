//! An entry as the table keeps it.

use super::{lives::Dated, ring::Spot};
use crate::{
    sync::{AtomicU32, Ordering},
    time::Instant,
};

/// An entry: 32 bytes for a `u64` under a `u64`.
pub(super) struct Resident<K, V> {
    pub(super) key: K,
    pub(super) value: V,
    /// The earlier of the times at which the entry is stale and expired; of an entry that never
    /// grows old, when it was created.
    pivot: u64,
    /// From the lowest bit: how often the entry was hit, 2 bits; its ring, 1; [`AGELESS`], 1; its
    /// position in the ring, 28.
    mark: AtomicU32,
    /// Which life the other times are in.
    life: u32,
}

const COUNTER: u32 = 0b11;
const AGELESS: u32 = 0b1000;

impl<K, V> Resident<K, V> {
    /// Makes an entry of a value, which it takes from where it is.
    pub(super) fn new(key: K, value: &mut Option<V>, dated: Dated, spot: Spot) -> Self {
        let ageless = if dated.ageless { AGELESS } else { 0 };
        let mark = AtomicU32::new(spot.to_mark() | ageless);
        match value.take() {
            Some(value) => Self { key, value, pivot: dated.pivot, mark, life: dated.life },
            None => unreachable!("there is a value"),
        }
    }

    /// Counts a hit and returns whether the entry is fresh at `now`; at "never", whether it always
    /// is.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn hit(&self, now: Instant) -> bool {
        self.count() & AGELESS != 0 || now.as_nanos() < self.pivot
    }

    /// Counts a hit. Readers do so beside each other, and may count two as one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn count(&self) -> u32 {
        let mark = self.mark();
        if mark & COUNTER < COUNTER {
            self.mark.store(mark + 1, Ordering::Relaxed);
        }
        mark
    }

    #[inline]
    pub(super) fn counter(&self) -> u32 {
        self.mark() & COUNTER
    }

    /// Where the entry is in line, and how often it was hit.
    #[inline]
    pub(super) fn standing(&self) -> (Spot, u32) {
        let mark = self.mark();
        (Spot::of_mark(mark), mark & COUNTER)
    }

    #[inline]
    pub(super) fn spot(&self) -> Spot {
        Spot::of_mark(self.mark())
    }

    #[inline]
    pub(super) fn dated(&self) -> Dated {
        Dated { pivot: self.pivot, ageless: self.mark() & AGELESS != 0, life: self.life }
    }

    /// Moves the entry to a slot, where it begins with a counter.
    pub(super) fn settle(&mut self, spot: Spot, counter: u32) {
        let mark = spot.to_mark() | self.mark() & AGELESS | counter;
        self.mark.store(mark, Ordering::Relaxed);
    }

    /// Replaces value and times, leaves the value before in its place and returns the times.
    pub(super) fn rewrite(&mut self, value: &mut V, dated: Dated) -> Dated {
        let before = self.dated();
        let ageless = if dated.ageless { AGELESS } else { 0 };
        self.mark.store(self.mark() & !AGELESS | ageless, Ordering::Relaxed);
        (self.pivot, self.life) = (dated.pivot, dated.life);
        core::mem::swap(&mut self.value, value);
        before
    }

    #[inline]
    fn mark(&self) -> u32 {
        self.mark.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, target_pointer_width = "64", not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;
    use crate::sync::Arc;
    use alloc::string::String;

    #[test]
    fn it_is_as_small_as_it_was_meant_to_be() {
        assert_eq!(size_of::<Resident<u64, u64>>(), 32);
        assert_eq!(size_of::<Resident<String, Arc<u64>>>(), 48);
    }
}
