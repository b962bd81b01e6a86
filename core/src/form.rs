//! The forms of an answer, and the options of a call.

use crate::outcome::Outcome;

/// The form of an answer.
#[doc(hidden)]
pub trait Form<V> {
    type Answer;

    /// Whether the answer's age has to be exact.
    const DATED: bool;

    fn of(outcome: Outcome<V>) -> Self::Answer;
}

/// The value alone.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Value {}

impl<V> Form<V> for Value {
    type Answer = V;
    const DATED: bool = false;

    #[inline]
    fn of(outcome: Outcome<V>) -> V {
        outcome.value
    }
}

/// The value, where it came from and how old it is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is a mark")]
pub enum Aged {}

impl<V> Form<V> for Aged {
    type Answer = Outcome<V>;
    const DATED: bool = true;

    #[inline]
    fn of(outcome: Outcome<V>) -> Outcome<V> {
        outcome
    }
}

/// The options of one call.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Options {
    /// Whether the load has to begin after the call.
    pub force: bool,
}

impl Options {
    /// Nothing is set.
    pub(crate) const NONE: Self = Self { force: false };
}

/// What a call asks for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Wants {
    /// Whether the answer's age has to be exact.
    pub dated: bool,
    /// Whether the load has to begin after the call.
    pub forced: bool,
}

impl Wants {
    /// Returns what a call asks for that answers in the form `W`.
    #[inline]
    pub(crate) const fn of<V, W: Form<V>>(options: Options) -> Self {
        Self { dated: W::DATED, forced: options.force }
    }
}
