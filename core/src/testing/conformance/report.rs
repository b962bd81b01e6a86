//! What a storage does other than it should.

use core::fmt;

use alloc::{string::String, vec::Vec};

/// What has been found of a storage.
///
/// # Examples
///
/// ```
/// use evermemo_core::{LocalInMemoryCacheStorage, testing::conformance};
///
/// # evermemo_core::testing::run(async |_| {
/// let storage = LocalInMemoryCacheStorage::<u32, u32>::new(1_000);
/// let report = conformance::cache_storage(&storage, |n| n, |n| n).await;
/// assert!(report.breaches().is_empty(), "{report}");
/// # });
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it says what is wrong"]
pub struct Report(Vec<Breach>);

/// A rule that a storage breaks, and how that shows.
///
/// # Examples
///
/// ```
/// use evermemo_core::testing::conformance::{Report, Rule};
///
/// fn mixes_keys(report: &Report) -> bool {
///     report.breaches().iter().any(|breach| breach.rule == Rule::KeysApart)
/// }
/// # assert!(!mixes_keys(&Report::default()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// What was done, and what came of it.
    pub found: String,
}

/// What a cache relies on.
///
/// # Examples
///
/// ```
/// use evermemo_core::testing::conformance::Rule;
///
/// assert_eq!(Rule::Whole.to_string(), "what is read is what was written");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// No operation fails, as long as nothing is wrong.
    Works,
    /// Where nothing was written, nothing is read.
    Absent,
    /// What is written is there afterwards, at least now and then.
    Keeps,
    /// What is read is what was written, whatever that is.
    Whole,
    /// A later write takes the place of an earlier one.
    Replaces,
    /// What is removed is gone, and to remove nothing is no error.
    Removes,
    /// Two keys that differ are two, whatever is in them.
    KeysApart,
    /// A life is at least as long as it is said to be.
    Lives,
    /// An operation that is dropped happens or not, and leaves nothing in between.
    Dropped,
    /// Operations at the same time come one after the other, in whatever order.
    Overlapping,
    /// What is read at once is what is read after a wait.
    AtOnce,
    /// What has been superseded is not written.
    Fenced,
    /// A list, or a count, is of what is there.
    Lists,
    /// A storage that clears itself has nothing afterwards.
    Clears,
    /// A sweep removes what is dead, and nothing else.
    Sweeps,
    /// A storage that bounds itself has no more than it may.
    Bounded,
}

impl Report {
    /// Returns what is wrong, in the order in which it was found.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.0
    }

    /// Checks that nothing is wrong.
    ///
    /// # Panics
    ///
    /// If something is; the message lists all of it.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.0.is_empty(), "the storage does not conform:\n{self}");
    }

    pub(super) fn note(&mut self, rule: Rule, found: String) {
        self.0.push(Breach { rule, found });
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            [] => f.write_str("it conforms"),
            breaches => breaches.iter().try_for_each(|breach| writeln!(f, "{breach}")),
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not so: {}: {}", self.rule, self.found)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works => "no operation fails",
            Self::Absent => "where nothing was written, nothing is read",
            Self::Keeps => "what is written is there afterwards",
            Self::Whole => "what is read is what was written",
            Self::Replaces => "a later write takes the place of an earlier one",
            Self::Removes => "what is removed is gone",
            Self::KeysApart => "two keys that differ are two",
            Self::Lives => "a life is at least as long as it is said to be",
            Self::Dropped => "an operation that is dropped happens or not",
            Self::Overlapping => "operations at the same time come one after the other",
            Self::AtOnce => "what is read at once is what is read after a wait",
            Self::Fenced => "what has been superseded is not written",
            Self::Lists => "what is listed or counted is there, and the reverse",
            Self::Clears => "a clear leaves nothing",
            Self::Sweeps => "a sweep removes what is dead, and nothing else",
            Self::Bounded => "a capacity is kept",
        })
    }
}
