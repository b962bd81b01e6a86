//! One capacity for all shards.

use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Counts what the entries of all shards weigh, and refuses what would be too much.
///
/// Room is taken before an entry is inserted, and an evicted entry's room is passed on to the entry
/// it leaves for, so the count is never below what is stored. It is taken under a shard's lock:
/// whoever has lowered the bound and then held each lock knows that nobody goes by the old one.
pub(super) struct Budget {
    capacity: AtomicUsize,
    suspended: AtomicBool,
    used: AtomicUsize,
    /// The number of entries, if that is not what they weigh.
    entries: Option<AtomicUsize>,
}

/// Room in hand. Given back when dropped, so that whatever panics meanwhile costs none.
pub(super) struct Room<'a> {
    budget: &'a Budget,
    weight: usize,
}

impl Room<'_> {
    /// Takes as much as is missing to `weight`, if there is so much, and returns whether it is
    /// enough now.
    #[inline]
    pub(super) fn reaches(&mut self, weight: u32) -> bool {
        let missing = (weight as usize).saturating_sub(self.weight);
        let reached = missing == 0 || self.budget.reserve(missing);
        if reached {
            self.weight += missing;
        }
        reached
    }

    /// Takes the room of an entry that has left.
    #[inline]
    pub(super) fn inherit(&mut self, weight: u32) {
        self.weight += weight as usize;
        self.budget.count(|entries| entries.wrapping_sub(1));
        // What came in before the bound was lowered has to leave for nothing.
        if self.budget.is_exceeded() {
            self.give_back();
        }
    }

    /// Leaves room to a new entry, and gives the rest back.
    #[inline]
    pub(super) fn fill(&mut self, weight: u32) {
        self.budget.count(|entries| entries.wrapping_add(1));
        self.spend(weight);
    }

    /// Leaves room to an entry that was there, and gives the rest back.
    #[inline]
    pub(super) fn spend(&mut self, weight: u32) {
        self.weight -= weight as usize;
        self.give_back();
    }

    #[inline]
    pub(super) fn give_back(&mut self) {
        if self.weight > 0 {
            self.budget.used.fetch_sub(self.weight, Ordering::Relaxed);
            self.weight = 0;
        }
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl Budget {
    pub(super) fn new(capacity: usize, suspended: bool, weighed: bool) -> Self {
        Self {
            capacity: AtomicUsize::new(capacity),
            suspended: AtomicBool::new(suspended),
            used: AtomicUsize::new(0),
            entries: weighed.then(|| AtomicUsize::new(0)),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity.load(Ordering::Relaxed)
    }

    pub(super) fn set_capacity(&self, capacity: usize) {
        self.capacity.store(capacity, Ordering::Relaxed);
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Relaxed)
    }

    /// Stops or starts to refuse.
    pub(super) fn suspend(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::Relaxed);
    }

    /// What all entries weigh.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// The number of entries.
    pub(super) fn entries(&self) -> usize {
        self.entries.as_ref().unwrap_or(&self.used).load(Ordering::Relaxed)
    }

    /// Returns whether an entry can be kept at all.
    #[inline]
    pub(super) fn allows(&self, weight: u32) -> bool {
        let limit = self.limit();
        limit > 0 && weight as usize <= limit
    }

    #[inline]
    pub(super) fn is_exceeded(&self) -> bool {
        self.used() > self.limit()
    }

    /// Returns no room, to be filled with some.
    #[inline]
    pub(super) const fn room(&self) -> Room<'_> {
        Room { budget: self, weight: 0 }
    }

    /// Notes that entries have left, and nobody takes their room.
    pub(super) fn release(&self, weight: usize, entries: usize) {
        if weight > 0 {
            self.used.fetch_sub(weight, Ordering::Relaxed);
        }
        if entries > 0 {
            self.count(|count| count.wrapping_sub(entries));
        }
    }

    #[inline]
    fn reserve(&self, weight: usize) -> bool {
        let limit = self.limit();
        let fits = |used: usize| used.checked_add(weight).filter(|&sum| sum <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }

    #[inline]
    fn count(&self, change: impl Fn(usize) -> usize) {
        if let Some(entries) = &self.entries {
            let changed = |count| Some(change(count));
            let _always = entries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
        }
    }

    #[inline]
    fn limit(&self) -> usize {
        if self.is_suspended() { usize::MAX } else { self.capacity() }
    }
}
