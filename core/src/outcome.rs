//! What a call brings, and where it came from.

use core::time::Duration;

/// A value with where it came from and how old it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome<V> {
    /// The value, postprocessed.
    pub value: V,
    /// Where it came from.
    pub source: Source,
    /// How long ago its load had ended.
    pub age: Duration,
}

/// Where the value of a call came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A fresh entry.
    Hit,
    /// An entry that is no longer fresh. It is stale, and a refresh is under way in the background
    /// or has failed a short while ago; or it has expired and stands in for a load that has failed or
    /// takes too long.
    Stale,
    /// A load that this call started.
    Loaded,
    /// A load that another call had started.
    Joined,
}
