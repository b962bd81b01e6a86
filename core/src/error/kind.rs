//! The kinds of errors.

use super::failure::Failure;

/// The kind of a [`Failure`] in an [`Error`](crate::Error), without its contents.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Error, ErrorKind};
///
/// fn status(error: &Error<std::io::Error>) -> u16 {
///     match error.kind() {
///         ErrorKind::Method => 502,
///         ErrorKind::TimedOut => 504,
///         _ => 500,
///     }
/// }
/// # assert_eq!(status(&std::io::Error::other("down").into()), 502);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The method returned an error.
    Method,
    /// The load did not end in time and was dropped.
    TimedOut,
    /// The load panicked.
    Panicked,
    /// The load was dropped before its end: with the runtime that drove it, or because the time in
    /// which its cache was to be closed was over.
    Abandoned,
    /// The method called itself with the same key.
    Recursive,
    /// The caller is outside any runtime, and a load needs one.
    NoRuntime,
    /// The storage failed and is set to fail calls.
    Storage,
    /// The configuration is not ready.
    NotConfigured,
    /// The cache is closed, and nothing that is stored is the answer.
    Closed,
}

impl<E> Failure<E> {
    /// Returns the kind of the failure.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Method(_) => ErrorKind::Method,
            Self::TimedOut => ErrorKind::TimedOut,
            Self::Panicked(_) => ErrorKind::Panicked,
            Self::Abandoned => ErrorKind::Abandoned,
            Self::Recursive => ErrorKind::Recursive,
            Self::NoRuntime => ErrorKind::NoRuntime,
            Self::Storage(_) => ErrorKind::Storage,
            Self::NotConfigured => ErrorKind::NotConfigured,
            Self::Closed => ErrorKind::Closed,
        }
    }
}
