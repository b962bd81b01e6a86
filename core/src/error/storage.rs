//! The errors of storages.

use core::{
    any::Any,
    error,
    fmt::{self, Debug, Display},
};

use crate::sync::Arc;

/// An error of a storage, whatever its type, shared by all callers that it concerns.
///
/// # Examples
///
/// ```
/// # use evermemo_core::{CacheEntry, CacheStorage, Found, Instant};
/// # use std::future::{Ready, ready};
/// use evermemo_core::{Builder, Cache, StorageError};
/// use std::{convert::Infallible, io};
///
/// # struct Disk;
/// # impl CacheStorage<u32, &'static str> for Disk {
/// #     type Error = io::Error;
/// #     type Get = Ready<Found<&'static str, io::Error>>;
/// #     type Done = Ready<io::Result<()>>;
/// #     fn get(&self, _key: &u32, _now: Instant) -> Self::Get {
/// #         ready(Ok(None))
/// #     }
/// #     fn offer(&self, _: &u32, _: &CacheEntry<&'static str>, _now: Instant) -> Self::Done {
/// #         ready(Err(io::ErrorKind::StorageFull.into()))
/// #     }
/// #     fn release(&self, _key: &u32) -> Self::Done {
/// #         ready(Ok(()))
/// #     }
/// # }
/// # evermemo_core::testing::run(async |runtime| {
/// // `Disk` is a `CacheStorage<u32, &str, Error = io::Error>`.
/// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).storage(Disk).build();
/// let error: StorageError = names.try_insert(7, "Ann").await.unwrap_err();
/// let error: &io::Error = error.downcast_ref().unwrap();
/// assert_eq!(error.kind(), io::ErrorKind::StorageFull);
/// # });
/// ```
pub type StorageError = Arc<dyn error::Error + Send + Sync>;

/// The reason why a storage has not kept a value, where the storage has no error of its own; found
/// by `downcast_ref` in a [`StorageError`].
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
    /// It did not end within the cache's [`storage_timeout`](crate::Builder::storage_timeout), or
    /// an earlier write of the key did not. It may still take effect.
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
///
/// # Examples
///
/// ```
/// # use evermemo_core::{Found, Instant};
/// # use std::{future::{Ready, ready}, io};
/// use evermemo_core::{CacheEntry, CacheStorage, SharedStorage, SharedStorageError};
///
/// # struct Disk;
/// # impl CacheStorage<u32, &'static str> for Disk {
/// #     type Error = io::Error;
/// #     type Get = Ready<Found<&'static str, io::Error>>;
/// #     type Done = Ready<io::Result<()>>;
/// #     fn get(&self, _key: &u32, _now: Instant) -> Self::Get {
/// #         ready(Ok(None))
/// #     }
/// #     fn offer(&self, _: &u32, _: &CacheEntry<&'static str>, _now: Instant) -> Self::Done {
/// #         ready(Err(io::ErrorKind::StorageFull.into()))
/// #     }
/// #     fn release(&self, _key: &u32) -> Self::Done {
/// #         ready(Ok(()))
/// #     }
/// # }
/// # evermemo_core::testing::run(async |runtime| {
/// # let now = evermemo_core::Runtime::now(&runtime);
/// // `Disk` is a `CacheStorage<u32, &str, Error = io::Error>`.
/// let disk = SharedStorage::new(Disk);
/// let offer = disk.offer(&7, &CacheEntry::new("Ann", now), now);
/// let error: SharedStorageError = offer.await.unwrap_err();
/// assert_eq!(error.to_string(), io::Error::from(io::ErrorKind::StorageFull).to_string());
/// # });
/// ```
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

/// Hides the type of a storage's error. An error that is hidden already stays as it is, so that it
/// can be downcast to its own type.
pub(crate) fn hidden<E: error::Error + Send + Sync + 'static>(error: E) -> StorageError {
    match (&error as &dyn Any).downcast_ref::<SharedStorageError>() {
        Some(shared) => shared.0.clone(),
        None => Arc::new(error),
    }
}
