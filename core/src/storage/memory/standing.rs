//! The data of an entry besides its key and its value.

use super::{lives::StoredTimes, ring::Spot};
use crate::{
    sync::{AtomicU32, Ordering},
    time::Instant,
};

/// The life of an entry, the number of its hits, and its place in line: 16 bytes.
pub(super) struct Standing {
    /// The earlier of the times at which the entry is stale and expired; of an entry that never
    /// grows old, the time of its creation.
    pivot: u64,
    /// From the lowest bit: how often the entry was hit, 2 bits; its ring, 1; [`AGELESS`], 1; its
    /// number in the ring, 28.
    mark: AtomicU32,
    /// The number of the life with the other times.
    life: u32,
}

/// The spot and the life of an entry that has left. One word, as it is passed in one.
#[derive(Clone, Copy)]
pub(super) struct Parting(u64);

impl Parting {
    #[inline]
    pub(super) const fn spot(self) -> Spot {
        Spot::of_mark((self.0 >> 32) as u32)
    }

    #[inline]
    pub(super) const fn life(self) -> u32 {
        self.0 as u32
    }
}

const COUNTER: u32 = 0b11;
const AGELESS: u32 = 0b1000;

impl Standing {
    #[inline]
    pub(super) fn new(dated: StoredTimes, spot: Spot) -> Self {
        let ageless = if dated.ageless { AGELESS } else { 0 };
        let mark = AtomicU32::new(spot.to_mark() | ageless);
        Self { pivot: dated.pivot, mark, life: dated.life }
    }

    /// Counts a hit and returns whether the entry is fresh at `now`; at "never", whether it always
    /// is.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn hit(&self, now: Instant) -> bool {
        self.count() & AGELESS != 0 || now.as_nanos() < self.pivot
    }

    /// Counts a hit. Readers do so at the same time, and may count two as one.
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

    #[inline]
    pub(super) fn spot(&self) -> Spot {
        Spot::of_mark(self.mark())
    }

    #[inline]
    pub(super) fn dated(&self) -> StoredTimes {
        StoredTimes { pivot: self.pivot, ageless: self.mark() & AGELESS != 0, life: self.life }
    }

    #[inline]
    pub(super) fn parting(&self) -> Parting {
        Parting(u64::from(self.mark()) << 32 | u64::from(self.life))
    }

    /// Moves the entry to a slot, where its counter begins anew. Only a writer may do so.
    #[inline]
    pub(super) fn settle(&self, spot: Spot, counter: u32) {
        let mark = spot.to_mark() | self.mark() & AGELESS | counter;
        self.mark.store(mark, Ordering::Relaxed);
    }

    /// Replaces the times, and returns the previous ones.
    pub(super) fn redate(&mut self, dated: StoredTimes) -> StoredTimes {
        let before = self.dated();
        let ageless = if dated.ageless { AGELESS } else { 0 };
        self.mark.store(self.mark() & !AGELESS | ageless, Ordering::Relaxed);
        (self.pivot, self.life) = (dated.pivot, dated.life);
        before
    }

    #[inline]
    fn mark(&self) -> u32 {
        self.mark.load(Ordering::Relaxed)
    }
}
