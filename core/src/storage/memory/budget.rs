//! One capacity for all shards.

use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// Counts the entries of all shards, and refuses one too many.
///
/// A place is reserved before an entry is inserted, and an evicted entry's place is passed on to the
/// entry it made room for, so the count is never below the number of entries.
pub(super) struct Budget {
    capacity: usize,
    used: AtomicUsize,
    suspended: AtomicBool,
}

/// A place in hand. Given back when dropped, so that whatever panics meanwhile costs none.
pub(super) struct Place<'a>(&'a Budget);

impl Place<'_> {
    /// Leaves the place to an entry.
    pub(super) fn fill(self) {
        core::mem::forget(self);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.release(1);
    }
}

impl Budget {
    pub(super) fn of(capacity: usize) -> Self {
        Self { capacity, used: AtomicUsize::new(0), suspended: AtomicBool::new(false) }
    }

    /// The same bound with nothing used.
    pub(super) fn anew(&self) -> Self {
        let suspended = AtomicBool::new(self.is_suspended());
        Self { suspended, ..Self::of(self.capacity) }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Takes a place if there is one.
    pub(super) fn reserve(&self) -> Option<Place<'_>> {
        let limit = self.limit();
        self.used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                (used < limit).then(|| used + 1)
            })
            .is_ok()
            .then(|| Place(self))
    }

    /// Takes the place of an entry that has been removed.
    pub(super) const fn inherit(&self) -> Place<'_> {
        Place(self)
    }

    pub(super) fn release(&self, places: usize) {
        self.used.fetch_sub(places, Ordering::Relaxed);
    }

    pub(super) fn keeps_nothing(&self) -> bool {
        self.limit() == 0
    }

    pub(super) fn exceeded(&self) -> bool {
        self.used() > self.limit()
    }

    /// Stops or starts to refuse.
    pub(super) fn suspend(&self, suspended: bool) {
        self.suspended.store(suspended, Ordering::Relaxed);
    }

    fn limit(&self) -> usize {
        if self.is_suspended() { usize::MAX } else { self.capacity }
    }

    fn is_suspended(&self) -> bool {
        self.suspended.load(Ordering::Relaxed)
    }
}
