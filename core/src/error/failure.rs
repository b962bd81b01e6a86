//! The failure in an error, to be matched.

use core::{
    error,
    fmt::{self, Debug, Display},
};

use super::{particulars::Particulars, storage::StorageError};
use crate::sync::Arc;

/// The reason of an [`Error`](crate::Error).
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Failure};
/// use std::io;
///
/// fn status(failure: &Failure<io::Error>) -> u16 {
///     match failure {
///         Failure::Method(error) if error.kind() == io::ErrorKind::NotFound => 404,
///         Failure::Method(_) => 502,
///         Failure::TimedOut => 504,
///         _ => 500,
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let files = Builder::on(runtime).try_wrap(|_path: &'static str| async move {
///     Err::<String, _>(io::Error::from(io::ErrorKind::NotFound))
/// });
/// let error = files.call("/about").await.unwrap_err();
/// assert_eq!(status(error.failure()), 404);
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure<E> {
    /// The method returned an error.
    Method(Arc<E>),
    /// The load did not end in time and was dropped.
    TimedOut,
    /// The load panicked; the message, if it was text.
    Panicked(Arc<str>),
    /// The load was dropped before its end: with the runtime that drove it, or because the time in
    /// which its cache was to be closed was over.
    Abandoned,
    /// The method called itself with the same key.
    Recursive,
    /// The caller is outside any runtime, and a load needs one.
    NoRuntime,
    /// The storage failed and is set to fail calls.
    Storage(StorageError),
    /// The configuration is not ready.
    NotConfigured,
    /// The cache is [closed](crate::Cache::close), and nothing that is stored is the answer.
    Closed,
}

impl<E> Failure<E> {
    /// Returns the same failure with another error of the method.
    pub(crate) fn map_method<F>(&self, map: impl FnOnce(&Arc<E>) -> Arc<F>) -> Failure<F> {
        match self {
            Self::Method(cause) => Failure::Method(map(cause)),
            Self::TimedOut => Failure::TimedOut,
            Self::Panicked(message) => Failure::Panicked(message.clone()),
            Self::Abandoned => Failure::Abandoned,
            Self::Recursive => Failure::Recursive,
            Self::NoRuntime => Failure::NoRuntime,
            Self::Storage(error) => Failure::Storage(error.clone()),
            Self::NotConfigured => Failure::NotConfigured,
            Self::Closed => Failure::Closed,
        }
    }

    /// Writes the failure, with the particulars of the load where they are known. It writes nothing
    /// for a method's error, which may not be writable.
    pub(super) fn write(&self, of: &Particulars, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(_) => Ok(()),
            Self::TimedOut => {
                write!(f, "{} did not end within its timeout", of.load())?;
                of.timeout.map_or(Ok(()), |timeout| write!(f, " of {timeout:?}"))
            }
            Self::Panicked(message) => {
                write!(f, "{} panicked: {message}", of.load())?;
                f.write_str(if lacks_reactor(message) { REACTOR } else { "" })
            }
            Self::Abandoned => {
                write!(f, "{} was dropped with the runtime that drove it", of.load())
            }
            Self::Recursive => write!(f, "{} called itself with the same key", of.load()),
            Self::NoRuntime => f.write_str(NO_RUNTIME),
            Self::Storage(error) => write!(f, "the storage failed: {error}"),
            Self::NotConfigured => f.write_str(NOT_CONFIGURED),
            Self::Closed => f.write_str(CLOSED),
        }
    }
}

/// Returns whether a load has panicked because it needs the runtime of another executor. No panic
/// is caught without `std`.
fn lacks_reactor(message: &str) -> bool {
    cfg!(feature = "std")
        && (message.contains("no reactor running") || message.contains("context of a Tokio"))
}

const REACTOR: &str = " (a load in the background runs on the executor whose feature of `evermemo` \
    is on, whatever its callers run on: turn on `tokio` for a load that needs tokio, and call from \
    within tokio)";

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        self.map_method(Arc::clone)
    }
}

impl<E: Display> Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(cause) => Display::fmt(cause, f),
            failure => failure.write(&Particulars::UNKNOWN, f),
        }
    }
}

impl<E: Debug + Display + 'static> error::Error for Failure<E> {
    /// Returns the error below a storage's error; the method's error may be of any type, and is
    /// reached through [`Error::source`](crate::Error).
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Storage(error) => error.source(),
            _ => None,
        }
    }
}

pub(super) const NOT_CONFIGURED: &str = "the cache is not configured";
pub(super) const CLOSED: &str = "the cache is closed";
pub(super) const NO_RUNTIME: &str = "no runtime in context: call from within one, and turn on the \
    feature `tokio`, `smol` or `async-std` of `evermemo` for the one that the application runs on";
