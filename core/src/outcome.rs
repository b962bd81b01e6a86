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

/// What a call is to yield.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Wants {
    /// Whether the age has to be right.
    pub dated: bool,
    /// Whether the load has to begin after the call.
    pub forced: bool,
}

/// The form of an answer.
#[doc(hidden)]
pub trait Form<V> {
    type Answer;

    const WANTS: Wants;

    fn of(outcome: Outcome<V>) -> Self::Answer;
}

/// The value alone.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Value {}

impl<V> Form<V> for Value {
    type Answer = V;
    const WANTS: Wants = Wants { dated: false, forced: false };

    #[inline]
    fn of(outcome: Outcome<V>) -> V {
        outcome.value
    }
}

/// The value, where it came from and how old it is.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum WithOutcome {}

impl<V> Form<V> for WithOutcome {
    type Answer = Outcome<V>;
    const WANTS: Wants = Wants { dated: true, forced: false };

    #[inline]
    fn of(outcome: Outcome<V>) -> Outcome<V> {
        outcome
    }
}

/// The value alone, of a load that begins after the call.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Forced {}

impl<V> Form<V> for Forced {
    type Answer = V;
    const WANTS: Wants = Wants { dated: false, forced: true };

    #[inline]
    fn of(outcome: Outcome<V>) -> V {
        outcome.value
    }
}
