//! Detection of removals that may have overtaken a look.

use crate::sync::{AtomicUsize, Ordering};

/// Counts removals as they begin and as they end.
#[derive(Debug, Default)]
pub(super) struct Removals {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

/// How many removals had ended before a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Of any key.
    All(usize),
    /// Of keys in the same shard as the one that is looked up: a storage whose removals take time
    /// would hardly ever be without any.
    Near(usize),
}

impl Removals {
    pub(super) fn begin(&self) {
        self.begun.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Release);
    }

    /// Returns how many have ended. If no more have begun later, none was under way, and none has
    /// begun since.
    #[inline]
    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::Acquire)
    }

    #[inline]
    pub(super) fn begun(&self) -> usize {
        self.begun.load(Ordering::Acquire)
    }
}
