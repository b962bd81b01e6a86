//! The counts of a cache.

use core::time::Duration;

use crate::sync::{AtomicUsize, Ordering};

/// The counts of a cache's calls and loads so far.
///
/// A call is counted once, when it is decided: as a hit, a stale hit, led, joined or rejected; a
/// [read without a load](crate::Cache::get) as a hit, a stale hit or absent. A call that is dropped
/// before is not counted; a call that joined and then had to load itself counts as joined. The
/// counts are exact when nothing is in progress; a reading under way may lag. Counters wrap at the
/// word size.
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
/// for n in [12, 12, 7, 12] {
///     squares.call(n).await?;
/// }
/// let stats = squares.stats();
/// assert_eq!((stats.hits, stats.loads), (2, 2));
/// assert_eq!(100 * stats.hits / stats.calls(), 50);
/// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered with a fresh entry.
    pub hits: usize,
    /// Calls answered with a stale entry, or at once with an expired one because a failed load was
    /// not to be tried again yet.
    pub stale: usize,
    /// Calls that led a load, however it ended, those that were answered with an old value
    /// included.
    pub loads: usize,
    /// Calls that waited for the load of another call, however it ended, those that were answered
    /// with an old value included.
    pub joins: usize,
    /// Calls that failed without a load: not configured, recursive, outside any runtime, of a
    /// closed cache, or with the error of an earlier load.
    pub rejected: usize,
    /// [Reads without a load](crate::Cache::get) that found no answer.
    pub absent: usize,
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
    /// Operations of the storage that failed, took too long or returned something unreadable: of
    /// calls, insertions and removals alike.
    pub storage_errors: usize,
    /// Rejected calls that were answered with the error of an earlier load.
    pub cached_errors: usize,
    /// Entries that left because room was needed, or because an eviction strategy named them.
    /// Entries of other caches that share the storage count, those of storages exchanged before do
    /// not.
    pub evicted: usize,
    /// Entries that left because they were dead, counted in the same way.
    pub expired: usize,
    /// The time that all loads have taken together, those in the background included, to within the
    /// lag of the runtime's coarse clock for each load that ends without a wait. Where a word has
    /// 32 bits, each load counts in whole milliseconds.
    pub load_time: Duration,
}

impl Stats {
    /// Returns the number of decided calls.
    #[must_use]
    pub const fn calls(&self) -> usize {
        self.hits
            .wrapping_add(self.stale)
            .wrapping_add(self.loads)
            .wrapping_add(self.joins)
            .wrapping_add(self.rejected)
            .wrapping_add(self.absent)
    }
}

macro_rules! counters {
    ($($counter:ident: $kind:ident),*) => {
        /// The running counts behind [`Stats`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $counter: $kind,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($counter: self.$counter.read(),)* expired: 0 }
            }
        }
    };
}

counters!(
    hits: Counter,
    stale: Counter,
    loads: Counter,
    joins: Counter,
    rejected: Counter,
    absent: Counter,
    refreshes: Counter,
    refresh_failures: Counter,
    load_failures: Counter,
    timeouts: Counter,
    panics: Counter,
    storage_errors: Counter,
    cached_errors: Counter,
    evicted: Counter,
    load_time: Meter
);

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    #[inline]
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes a count back.
    #[cold]
    pub(crate) fn take_back(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Adds up durations.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicUsize);

/// The unit of the count: nanoseconds last for five centuries, or milliseconds for seven weeks.
const UNIT: Duration = match usize::BITS {
    64.. => Duration::from_nanos(1),
    _ => Duration::from_millis(1),
};

impl Meter {
    pub(crate) fn add(&self, duration: Duration) {
        let units = duration.as_nanos() / UNIT.as_nanos();
        self.0.fetch_add(units as usize, Ordering::Relaxed);
    }

    fn read(&self) -> Duration {
        Duration::from_nanos((self.0.load(Ordering::Relaxed) as u64) * UNIT.as_nanos() as u64)
    }
}
