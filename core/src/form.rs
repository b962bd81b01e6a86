//! The forms of an answer, and the options of a call.

use crate::{limits::Limits, outcome::Outcome};

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
    /// The limits to the entries that answer it, if any are set.
    pub limits: Option<Limits>,
}

impl Options {
    /// Nothing is set.
    pub(crate) const NONE: Self = Self { force: false, limits: None };

    /// Returns the limits, for one of them to be set.
    pub(crate) const fn limits(&self) -> Limits {
        match self.limits {
            Some(limits) => limits,
            None => Limits::NONE,
        }
    }
}

/// What a call asks for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Wants<'o> {
    /// Whether the answer's age has to be exact.
    pub dated: bool,
    /// Whether the load has to begin after the call.
    pub forced: bool,
    /// The limits of a call that is not forced, if it sets any.
    pub limits: Option<&'o Limits>,
}

impl<'o> Wants<'o> {
    /// Returns what a call asks for that answers in the form `W`.
    #[inline]
    pub(crate) const fn of<V, W: Form<V>>(options: Option<&'o Options>) -> Self {
        let (forced, limits) = match options {
            Some(Options { force: true, .. }) => (true, None),
            Some(Options { limits, .. }) => (false, limits.as_ref()),
            None => (false, None),
        };
        Self { dated: W::DATED, forced, limits }
    }

    /// Returns the limits of a call for which a fresh entry may be too old.
    #[inline]
    pub(crate) fn bound_age(self) -> Option<&'o Limits> {
        self.limits.filter(|limits| limits.bound_age())
    }

    /// Returns whether any fresh entry answers the call.
    #[inline]
    pub(crate) const fn take_any(self) -> bool {
        !self.forced && self.limits.is_none()
    }
}
