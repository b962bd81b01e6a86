//! What the callers of a cache were told, to be compared with its own account.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn one(&self) {
        self.0.fetch_add(1, SeqCst);
    }

    pub(crate) fn read(&self) -> usize {
        self.0.load(SeqCst)
    }
}

/// Calls of one cache by what became of them.
#[derive(Default)]
pub(crate) struct Counts {
    /// Calls that returned, whatever.
    pub(crate) returned: Count,
    /// Calls that were polled and dropped before their end.
    pub(crate) dropped: Count,
    /// Outcomes by their source.
    pub(crate) hits: Count,
    pub(crate) stale: Count,
    pub(crate) loaded: Count,
    pub(crate) joined: Count,
    /// Errors, which say whether they were joined.
    pub(crate) led_errors: Count,
    pub(crate) joined_errors: Count,
    pub(crate) rejected: Count,
    /// Values whose source the caller did not ask for.
    pub(crate) plain: Count,
    pub(crate) forced: Count,
}

/// Runs of the memoized function itself by how they ended.
#[derive(Default)]
pub(crate) struct Bodies {
    pub(crate) begun: Count,
    pub(crate) failed: Count,
    pub(crate) panicked: Count,
}
