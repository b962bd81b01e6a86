//! Why a call has no value.

use core::{
    any::Any,
    error,
    fmt::{self, Debug, Display},
};

use crate::sync::Arc;

/// An error of a storage, whatever its type, shared by everybody it concerns.
pub type StorageError = Arc<dyn error::Error + Send + Sync>;

/// Why a storage has not kept a value, where it has no error of its own to tell: found by
/// `downcast_ref` in a [`StorageError`].
///
/// # Examples
///
/// ```
/// use evermemo_core::{StorageError, StorageFailure};
///
/// fn may_still_come(error: &StorageError) -> bool {
///     error.downcast_ref() == Some(&StorageFailure::TimedOut)
/// }
/// # let error: StorageError = std::sync::Arc::new(StorageFailure::TimedOut);
/// # assert!(may_still_come(&error));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StorageFailure {
    /// It did not end within the cache's [`storage_timeout`](crate::Builder::storage_timeout), or an
    /// earlier write of the key did not. It may still take effect.
    TimedOut,
    /// It panicked.
    Panicked,
}

impl Display for StorageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "the storage took too long",
            Self::Panicked => "the storage panicked",
        })
    }
}

impl error::Error for StorageFailure {}

/// The error of a storage whose type is hidden.
#[derive(Clone, Debug)]
pub struct SharedStorageError(StorageError);

impl Display for SharedStorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}

impl error::Error for SharedStorageError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

impl SharedStorageError {
    pub(crate) fn new(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self(hidden(error))
    }
}

/// Hides the type of a storage's error. One that has been hidden before stays what it was, so that it
/// can be asked for by its type.
pub(crate) fn hidden<E: error::Error + Send + Sync + 'static>(error: E) -> StorageError {
    match (&error as &dyn Any).downcast_ref::<SharedStorageError>() {
        Some(shared) => shared.0.clone(),
        None => Arc::new(error),
    }
}

/// Why a memoized call failed.
///
/// Opaque, with predicates; [`failure`](Self::failure) is the part that can be matched. Everybody
/// who waited for one load gets the same cause: cloning shares it. It promises nothing about the
/// text beyond the headline, which is one of `refresh failed to complete`, `refresh timed out`,
/// `concurrent refresh failed to complete` (for those who joined); a call that could not even begin,
/// without a configuration or a runtime, says so in its headline.
pub struct Error<E> {
    /// Behind a pointer, so that the result of a call is hardly larger than its value.
    reason: Arc<Reason<E>>,
}

struct Reason<E> {
    failure: Failure<E>,
    joined: bool,
}

impl<E> Error<E> {
    #[cold]
    pub(crate) fn led(failure: Failure<E>) -> Self {
        Self { reason: Arc::new(Reason { failure, joined: false }) }
    }

    #[cold]
    pub(crate) fn joined(failure: Failure<E>) -> Self {
        Self { reason: Arc::new(Reason { failure, joined: true }) }
    }

    /// Returns the method's own error, if that is why the call failed.
    #[must_use]
    pub fn cause(&self) -> Option<&E> {
        match self.failure() {
            Failure::Method(cause) => Some(cause),
            _ => None,
        }
    }

    /// Takes the method's own error out, shared with everybody who waited for the same load.
    ///
    /// # Errors
    ///
    /// Gives the error back if it has another reason.
    pub fn into_cause(self) -> Result<Arc<E>, Self> {
        match self.failure() {
            Failure::Method(cause) => Ok(cause.clone()),
            _ => Err(self),
        }
    }

    /// Returns whether the load was cut off by `method_timeout` or the lock timeout. An error of
    /// the method that speaks of a timeout is the method's own.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.failure(), Failure::TimedOut)
    }

    /// Returns whether the load panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.failure(), Failure::Panicked(_))
    }

    /// Returns whether the cache was not configured yet.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        matches!(self.failure(), Failure::NotConfigured)
    }

    /// Returns whether the load that failed had been started by another caller.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.reason.joined
    }

    /// Returns the reason, to be matched.
    #[must_use]
    pub fn failure(&self) -> &Failure<E> {
        &self.reason.failure
    }
}

impl<E> Clone for Error<E> {
    fn clone(&self) -> Self {
        Self { reason: self.reason.clone() }
    }
}

impl<E> From<E> for Error<E> {
    /// Makes the error of a call whose method failed with `cause`.
    fn from(cause: E) -> Self {
        Self::led(Failure::Method(Arc::new(cause)))
    }
}

impl<E: Debug> Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("failure", self.failure())
            .field("joined", &self.is_joined())
            .finish()
    }
}

impl<E> Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.failure(), self.is_joined()) {
            (Failure::NotConfigured, _) => NOT_CONFIGURED,
            (Failure::NoRuntime, _) => NO_RUNTIME,
            (_, true) => "concurrent refresh failed to complete",
            (Failure::TimedOut, false) => "refresh timed out",
            (_, false) => "refresh failed to complete",
        })
    }
}

impl<E: Debug + Display + 'static> error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self.failure() {
            Failure::NotConfigured | Failure::NoRuntime => None,
            failure => Some(failure),
        }
    }
}

const NOT_CONFIGURED: &str = "the cache is not configured";
const NO_RUNTIME: &str = "no runtime in context: call from within one, and turn on the feature \
    `tokio`, `smol` or `async-std` of `evermemo` for the one that the application runs on";

/// The reason of an [`Error`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure<E> {
    /// The method returned an error.
    Method(Arc<E>),
    /// The load did not end in time and was dropped.
    TimedOut,
    /// The load panicked; the message, if it was text.
    Panicked(Arc<str>),
    /// The load was dropped before its end, with the runtime that drove it.
    Abandoned,
    /// The method called itself with the same key.
    Recursive,
    /// The caller is in no runtime's context, and a load needs one.
    NoRuntime,
    /// The storage failed and is set to fail calls.
    Storage(StorageError),
    /// The configuration is not ready.
    NotConfigured,
}

impl<E> Failure<E> {
    /// The same failure, with another error of the method.
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
        }
    }
}

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        self.map_method(Arc::clone)
    }
}

impl<E: Display> Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method(cause) => Display::fmt(cause, f),
            Self::TimedOut => f.write_str("the load did not end within its timeout"),
            Self::Panicked(message) => write!(f, "the load panicked: {message}"),
            Self::Abandoned => f.write_str("the load was dropped with the runtime that drove it"),
            Self::Recursive => f.write_str("the load called itself with the same key"),
            Self::NoRuntime => f.write_str(NO_RUNTIME),
            Self::Storage(error) => write!(f, "the storage failed: {error}"),
            Self::NotConfigured => f.write_str(NOT_CONFIGURED),
        }
    }
}

impl<E: Debug + Display + 'static> error::Error for Failure<E> {
    /// Returns what lies below a storage's error; the method's error may be of any type, and is
    /// reached through [`Error::cause`].
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Storage(error) => error.source(),
            _ => None,
        }
    }
}
