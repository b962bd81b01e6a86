//! A store of bytes by name.

use core::{error, future::Future, time::Duration};

use crate::sync::Arc;

use alloc::vec::Vec;

/// Keeps bytes by name, for a while: Redis, memcached, a table, a directory.
///
/// Written with plain `async fn`. A store whose futures are not `Send` implements
/// [`CacheStorage`](crate::CacheStorage) instead.
///
/// The cache drops a future at its `storage_timeout`. An interrupted operation may have happened or
/// not, but must not leave bytes of two values under one key.
///
/// # Examples
///
/// ```
/// use evermemo_core::ByteStore;
/// use std::{collections::HashMap, convert::Infallible, sync::Mutex, time::Duration};
///
/// #[derive(Default)]
/// struct Table(Mutex<HashMap<String, Vec<u8>>>);
///
/// impl ByteStore for Table {
///     type Error = Infallible;
///     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
///         Ok(self.0.lock().unwrap().get(key).cloned())
///     }
///     async fn put(&self, key: &str, bytes: Vec<u8>, _ttl: Duration) -> Result<(), Infallible> {
///         self.0.lock().unwrap().insert(key.to_owned(), bytes);
///         Ok(())
///     }
///     async fn delete(&self, key: &str) -> Result<(), Infallible> {
///         self.0.lock().unwrap().remove(key);
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` stores no bytes: implement `ByteStore` for it",
    note = "it has to be `Send`, `Sync` and `'static`"
)]
pub trait ByteStore: Send + Sync + 'static {
    /// The error of an operation.
    type Error: error::Error + Send + Sync + 'static;

    /// Reads the bytes of `key`, `None` if there are none. Dropping the future reads nothing.
    ///
    /// # Errors
    ///
    /// If the store cannot tell; the cache treats that as a miss.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;

    /// Writes the bytes of `key`, replacing those that are there.
    ///
    /// After `ttl` no reader needs them any more and the store may drop them. It is never zero, may
    /// be less than the store's smallest unit (round up), and is [`Duration::MAX`] for bytes
    /// without an end. Dropping the future may leave the write done or undone.
    ///
    /// # Errors
    ///
    /// If the bytes are not known to be stored.
    fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        ttl: Duration,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Removes the bytes of `key`; it is no error if there are none. Dropping the future may leave
    /// them there or not.
    ///
    /// # Errors
    ///
    /// If the bytes are not known to be gone.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl<B: ByteStore> ByteStore for Arc<B> {
    type Error = B::Error;

    fn get(&self, key: &str) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send {
        (**self).get(key)
    }

    fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        ttl: Duration,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).put(key, bytes, ttl)
    }

    fn delete(&self, key: &str) -> impl Future<Output = Result<(), Self::Error>> + Send {
        (**self).delete(key)
    }
}
