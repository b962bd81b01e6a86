//! When a storage was cleared that cannot clear itself.

use crate::{
    sync::{AtomicBool, Mutex, Ordering},
    time::Instant,
};

/// Hides what a storage that cannot clear itself has kept from before a clear.
#[derive(Debug, Default)]
pub(crate) struct Cleared {
    ever: AtomicBool,
    at: Mutex<Instant>,
}

impl Cleared {
    pub(crate) fn at(&self, now: Instant) {
        self.at.with(|at| *at = now.max(*at));
        self.ever.store(true, Ordering::Release);
    }

    /// Whether there is anything to hide.
    #[inline]
    pub(crate) fn ever(&self) -> bool {
        self.ever.load(Ordering::Acquire)
    }

    /// An entry of the very instant of the clear is taken for an old one.
    #[inline]
    pub(crate) fn hides(&self, created: Instant) -> bool {
        self.ever() && self.at.with(|at| created <= *at)
    }
}
