//! The errors of an encoded storage.

use core::{error, fmt};

use crate::serde::SerDeError;

/// An error of an [`EncodedCacheStorage`](super::EncodedCacheStorage). The source is the error
/// inside.
///
/// # Examples
///
/// ```
/// use evermemo_core::{EncodedStorageError, StorageError};
/// use std::io;
///
/// /// Whether a byte store holds a payload of another program, or of another version of this one.
/// fn is_foreign(error: &StorageError) -> bool {
///     matches!(error.downcast_ref(), Some(EncodedStorageError::<io::Error>::Undecodable(_)))
/// }
/// # use evermemo_core::{JsonSerDe, SerDe};
/// # use std::sync::Arc;
/// # let unread = SerDe::<u32>::deserialize(&JsonSerDe::default(), b"7 EUR").unwrap_err();
/// # let error: StorageError = Arc::new(EncodedStorageError::<io::Error>::Undecodable(unread));
/// # assert!(is_foreign(&error));
/// # let down = io::Error::from(io::ErrorKind::ConnectionRefused);
/// # let error: StorageError = Arc::new(EncodedStorageError::Store(down));
/// # assert!(!is_foreign(&error));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodedStorageError<E> {
    /// The byte store failed.
    Store(E),
    /// The byte store returned bytes that are no entry.
    Undecodable(SerDeError),
    /// The entry could not be encoded, and the byte store was not called.
    Unencodable(SerDeError),
}

impl<E> fmt::Display for EncodedStorageError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store(_) => "the byte store failed",
            Self::Undecodable(_) => "the payload is undecodable",
            Self::Unencodable(_) => "the entry cannot be encoded",
        })
    }
}

impl<E: error::Error + 'static> error::Error for EncodedStorageError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Undecodable(error) | Self::Unencodable(error) => Some(error),
        }
    }
}
