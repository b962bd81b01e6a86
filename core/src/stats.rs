//! What a cache has done so far.

use crate::sync::{AtomicUsize, Ordering};

/// What a cache has done so far, in numbers of calls and loads.
///
/// A call is counted once, when it is decided: as a hit, a stale hit, led, joined or rejected. One
/// that is dropped before counts nowhere; one that joined and then had to load itself stays a join.
/// Exact when nothing is in progress; a reading under way may lag. Counters wrap at the word size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered with a fresh entry.
    pub hits: usize,
    /// Calls answered with a stale entry.
    pub stale: usize,
    /// Calls that led a load, however it ended.
    pub loads: usize,
    /// Calls that waited for another's load.
    pub joins: usize,
    /// Calls that failed without a load: not configured, recursive, without a runtime.
    pub rejected: usize,
    /// Loads in the background, for stale entries.
    pub refreshes: usize,
    /// Loads in the background that failed.
    pub refresh_failures: usize,
    /// Loads led by a caller whose method returned an error.
    pub load_failures: usize,
    /// Loads that were cut off at their deadline.
    pub timeouts: usize,
    /// Loads that panicked.
    pub panics: usize,
    /// Operations of the storage that failed, took too long or brought something unreadable.
    pub storage_errors: usize,
}

impl Stats {
    /// Returns the number of calls that were decided.
    #[must_use]
    pub const fn calls(&self) -> usize {
        self.hits
            .wrapping_add(self.stale)
            .wrapping_add(self.loads)
            .wrapping_add(self.joins)
            .wrapping_add(self.rejected)
    }
}

macro_rules! counters {
    ($($counter:ident),*) => {
        /// The running counts behind [`Stats`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $counter: Counter,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($counter: self.$counter.0.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters!(
    hits,
    stale,
    loads,
    joins,
    rejected,
    refreshes,
    refresh_failures,
    load_failures,
    timeouts,
    panics,
    storage_errors
);

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    #[inline]
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
