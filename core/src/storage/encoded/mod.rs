//! Entries as bytes, outside the process.

mod byte_store;
mod error;

pub use self::{byte_store::ByteStore, error::EncodedStorageError};

use core::{fmt, time::Duration};

use super::{CacheStorage, Found};
#[cfg(feature = "std")]
use crate::time::SystemWallClock;
use crate::{
    entry::{CacheEntry, WallEntry},
    runtime::BoxFuture,
    serde::SerDe,
    sync::Arc,
    time::{Instant, WallClock},
};

use alloc::{boxed::Box, string::String};

/// Keeps entries in a [`ByteStore`], written by a [`SerDe`], for this process and others.
///
/// Within the process time is monotonic, in the store it is wall-clock time; entries are converted
/// by the distance of their times from now. An entry from the future, written where a clock is
/// ahead, counts as made now and lives no longer than it was meant to.
///
/// Clones share the store. Dropping a future of this storage drops the byte store's.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, CacheStorage, EncodedCacheStorage, Instant, PostcardSerDe};
/// # use std::{collections::HashMap, convert::Infallible, pin::pin, sync::Mutex, time::Duration};
/// # use std::task::{Context, Poll, Waker};
/// # #[derive(Default)]
/// # struct Table(Mutex<HashMap<String, Vec<u8>>>);
/// # impl evermemo_core::ByteStore for Table {
/// #     type Error = Infallible;
/// #     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
/// #         Ok(self.0.lock().unwrap().get(key).cloned())
/// #     }
/// #     async fn put(&self, key: &str, bytes: Vec<u8>, _: Duration) -> Result<(), Infallible> {
/// #         self.0.lock().unwrap().insert(key.to_owned(), bytes);
/// #         Ok(())
/// #     }
/// #     async fn delete(&self, key: &str) -> Result<(), Infallible> {
/// #         self.0.lock().unwrap().remove(key);
/// #         Ok(())
/// #     }
/// # }
///
/// # let example = async {
/// // `Table` is the byte store from the documentation of `ByteStore`.
/// let storage = EncodedCacheStorage::new(Table::default(), PostcardSerDe);
/// let (key, now) = (String::from("user[7]"), Instant::of_process());
/// storage.offer(&key, &CacheEntry::new(String::from("Ann"), now), now).await?;
/// let found = storage.get(&key, now).await?;
/// assert_eq!(found.map(|entry| entry.value), Some(String::from("Ann")));
/// # Ok::<_, evermemo_core::EncodedStorageError<Infallible>>(())
/// # };
/// # let polled = pin!(example).poll(&mut Context::from_waker(Waker::noop()));
/// # assert!(matches!(polled, Poll::Ready(Ok(()))));
/// ```
pub struct EncodedCacheStorage<B, S, W> {
    parts: Arc<Parts<B, S>>,
    wall_clock: W,
}

struct Parts<B, S> {
    store: B,
    serde: S,
}

#[cfg(feature = "std")]
impl<B, S> EncodedCacheStorage<B, S, SystemWallClock> {
    /// Stores in `store` what `serde` writes, with times by the operating system's clock.
    #[must_use]
    pub fn new(store: B, serde: S) -> Self {
        Self::with_clock(store, serde, SystemWallClock)
    }
}

impl<B, S, W> EncodedCacheStorage<B, S, W> {
    /// Stores in `store` what `serde` writes, with times by `wall_clock`.
    #[must_use]
    pub fn with_clock(store: B, serde: S, wall_clock: W) -> Self {
        Self { parts: Arc::new(Parts { store, serde }), wall_clock }
    }

    /// Makes a storage over the same store that takes its times from `wall_clock`.
    #[must_use]
    pub fn with_wall_clock<X>(self, wall_clock: X) -> EncodedCacheStorage<B, S, X> {
        EncodedCacheStorage { parts: self.parts, wall_clock }
    }
}

impl<B, S, V, W> CacheStorage<String, V> for EncodedCacheStorage<B, S, W>
where
    B: ByteStore,
    S: SerDe<V> + Send + Sync,
    V: Clone + 'static,
    W: WallClock + 'static,
{
    type Error = EncodedStorageError<B::Error>;
    type Get = BoxFuture<'static, Found<V, Self::Error>>;
    type Done = BoxFuture<'static, Result<(), Self::Error>>;

    fn get(&self, key: &String, now: Instant) -> Self::Get {
        // Read here, not once the answer has come: by then `now` lies in the past.
        let wall = self.wall_clock.timestamp();
        let (parts, key) = (self.parts.clone(), key.clone());
        Box::pin(async move {
            let found = parts.store.get(&key).await.map_err(EncodedStorageError::Store)?;
            let Some(bytes) = found else { return Ok(None) };
            let entry =
                parts.serde.deserialize(&bytes).map_err(EncodedStorageError::Undecodable)?;
            Ok(Some(entry.into_entry(now, wall)))
        })
    }

    /// Writes the entry for as long as it may be of use; an entry without any life left is removed
    /// instead, so that no older one stays.
    fn offer(&self, key: &String, entry: &CacheEntry<V>, now: Instant) -> Self::Done {
        let ttl = entry.retain_until.max(entry.expires_after).saturating_since(now);
        if ttl == Duration::ZERO {
            return <Self as CacheStorage<String, V>>::release(self, key);
        }
        let entry = WallEntry::from_entry(entry.clone(), now, self.wall_clock.timestamp());
        // Written here, so that the future need not carry a value, which may not be `Send`.
        let written = self.parts.serde.serialize(&entry);
        let (parts, key) = (self.parts.clone(), key.clone());
        Box::pin(async move {
            let bytes = written.map_err(EncodedStorageError::Unencodable)?;
            parts.store.put(&key, bytes, ttl).await.map_err(EncodedStorageError::Store)
        })
    }

    fn release(&self, key: &String) -> Self::Done {
        let (parts, key) = (self.parts.clone(), key.clone());
        Box::pin(async move { parts.store.delete(&key).await.map_err(EncodedStorageError::Store) })
    }
}

impl<B, S, W: Clone> Clone for EncodedCacheStorage<B, S, W> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), wall_clock: self.wall_clock.clone() }
    }
}

impl<B, S, W> fmt::Debug for EncodedCacheStorage<B, S, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedCacheStorage").finish_non_exhaustive()
    }
}
