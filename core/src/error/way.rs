//! How the error of a method is shown.

use core::{
    any::Any,
    error::Error,
    fmt::{self, Display},
};

use super::cause::Cause;
use crate::sync::Arc;

use alloc::{borrow::Cow, boxed::Box, string::String};

/// The way to show an error of the method.
///
/// It is made where the type of the error is known together with its bound, and travels with the
/// error from there, so that no type or function in between has that bound.
#[doc(hidden)]
pub struct Way<E> {
    show: fn(&E) -> Shown<'_>,
}

/// A view of a method's error.
pub(super) enum Shown<'a> {
    /// The error itself, or the error that it holds.
    Error(&'a (dyn Error + 'static)),
    Text(&'a dyn Display),
    Nothing,
    /// Its type is not known yet: text, where the type turns out to be text later.
    Unknown,
}

impl<E> Way<E> {
    /// For an error of which nothing is known.
    pub(crate) const UNKNOWN: Self = Self { show: |_| Shown::Unknown };

    /// For an error with a [`Cause`].
    pub(crate) const fn of<M>() -> Self
    where
        E: Cause<M>,
    {
        Self {
            show: |error| match (error.below(), error.text()) {
                (Some(below), _) => Shown::Error(below),
                (None, Some(text)) => Shown::Text(text),
                (None, None) => Shown::Nothing,
            },
        }
    }

    /// For an error without a bound, which may be of a known type.
    pub(crate) const fn unasked() -> Self
    where
        E: 'static,
    {
        Self { show: |error| known(error) }
    }

    /// Returns the error, or the error that it holds, if it is shown as an error.
    pub(crate) fn error<'a>(&self, error: &'a E) -> Option<&'a (dyn Error + 'static)> {
        match self.show(error) {
            Shown::Error(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn show<'a>(&self, error: &'a E) -> Shown<'a> {
        (self.show)(error)
    }
}

fn known(error: &dyn Any) -> Shown<'_> {
    fn text<T: Display + 'static>(error: &dyn Any) -> Option<Shown<'_>> {
        error.downcast_ref::<T>().map(|text| Shown::Text(text))
    }
    if let Some(error) = error.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        return Shown::Error(&**error);
    }
    text::<&'static str>(error)
        .or_else(|| text::<String>(error))
        .or_else(|| text::<Cow<'static, str>>(error))
        .or_else(|| text::<Box<str>>(error))
        .or_else(|| text::<Arc<str>>(error))
        .unwrap_or(Shown::Unknown)
}

/// An error of the method, as a load yields it.
pub(crate) struct Raised<E> {
    pub(crate) error: E,
    pub(crate) way: Way<E>,
}

impl<E> Clone for Way<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Way<E> {}

impl<E> fmt::Debug for Way<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}
