//! Why a storage has failed.

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
