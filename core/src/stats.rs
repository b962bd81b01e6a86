//! What a cache has done so far.

use core::time::Duration;

use crate::sync::{AtomicUsize, Ordering};

/// What a cache has done so far, in numbers of calls and loads.
///
/// A call is counted once, when it is decided: as a hit, a stale hit, led, joined or rejected. One
/// that is dropped before counts nowhere; one that joined and then had to load itself stays a join.
/// Exact when nothing is in progress; a reading under way may lag. Counters wrap at the word size.
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
    /// Calls answered with a stale entry, and those that were answered with an expired one at once,
    /// since a failed load was not to be tried again yet.
    pub stale: usize,
    /// Calls that led a load, however it ended; those too that took something old instead.
    pub loads: usize,
    /// Calls that waited for another's load, however it ended; those too that took something old
    /// instead.
    pub joins: usize,
    /// Calls that failed without a load: not configured, recursive, without a runtime, or with the
    /// error of an earlier load.
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
    /// Operations of the storage that failed, took too long or brought something unreadable, for
    /// whatever it was asked: by calls, insertions and removals alike.
    pub storage_errors: usize,
    /// Calls among the rejected that were answered with the error of an earlier load.
    pub cached_errors: usize,
    /// Entries that left because room was needed, or because an eviction strategy named them; with
    /// those of other caches that share the storage, and without those of storages exchanged before.
    pub evicted: usize,
    /// Entries that left because they were dead, counted as those above.
    pub expired: usize,
    /// What all loads have taken together, those in the background included, to within the lag of
    /// the runtime's coarse clock for each load that ends without a wait. Where a word has 32 bits, whole milliseconds of each load are counted.
    pub load_time: Duration,
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

    fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Adds durations up.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicUsize);

/// What a word counts: nanoseconds for five centuries, or milliseconds for seven weeks.
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
