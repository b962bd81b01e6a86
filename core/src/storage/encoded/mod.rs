//! Entries as bytes, outside the process.

mod byte_store;
mod compression;
mod envelope;
mod error;
mod wrapping;

use self::wrapping::Unwrapped;
pub use self::{
    byte_store::ByteStore,
    compression::Compression,
    error::EncodedStorageError,
    wrapping::{Bare, Enveloped, Wrapping},
};

use core::{fmt, time::Duration};

use super::{CacheStorage, Found};
#[cfg(feature = "std")]
use crate::time::SystemWallClock;
use crate::{
    entry::{CacheEntry, WallEntry},
    runtime::BoxFuture,
    serde::SerDe,
    sync::{Arc, Mutex},
    time::{Instant, Timestamp, WallClock},
};

use alloc::{boxed::Box, string::String};

/// Keeps entries in a [`ByteStore`], written by a [`SerDe`], for this process and others.
///
/// What the `SerDe` writes goes into an envelope, with the key, the times, the
/// [schema](Self::with_schema) and a checksum, and is read only if all of that is right. Anything
/// else under the key (cut, damaged, of another key, of another schema, compressed to more than the
/// [limit](Self::with_limit)) is an error, which the cache treats as a miss. A payload from before
/// there were envelopes is a miss too, and an error once an hour. [`bare`](Self::bare) writes and
/// reads payloads alone, to share them with py-memoize.
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
pub struct EncodedCacheStorage<B, S, W, P = Enveloped> {
    parts: Arc<Parts<B, S>>,
    wall_clock: W,
    wrapping: P,
}

struct Parts<B, S> {
    store: B,
    serde: S,
    /// When a payload without an envelope was last told of.
    naked: Mutex<Option<Timestamp>>,
}

#[cfg(feature = "std")]
impl<B, S> EncodedCacheStorage<B, S, SystemWallClock> {
    /// Stores in `store` what `serde` writes, with times by the operating system's clock.
    #[must_use]
    pub fn new(store: B, serde: S) -> Self {
        Self::with_clock(store, serde, SystemWallClock)
    }
}

#[cfg(feature = "std")]
impl<B, S> EncodedCacheStorage<B, S, SystemWallClock, Bare> {
    /// Stores in `store` what `serde` writes and nothing else, with times by the operating system's
    /// clock: for a store that is shared with py-memoize, or with an older version of this crate.
    ///
    /// Whether a payload is of its key and undamaged is for the `SerDe` to see.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{CacheEntry, CacheStorage, EncodedCacheStorage, Instant, JsonSerDe};
    /// # use std::{collections::HashMap, convert::Infallible, pin::pin, sync::Mutex};
    /// # use std::{sync::Arc, task::{Context, Poll, Waker}, time::Duration};
    /// # #[derive(Default)]
    /// # struct Table(Mutex<HashMap<String, Vec<u8>>>);
    /// # impl evermemo_core::ByteStore for Table {
    /// #     type Error = Infallible;
    /// #     async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Infallible> {
    /// #         Ok(self.0.lock().unwrap().get(key).cloned())
    /// #     }
    /// #     async fn put(&self, key: &str, put: Vec<u8>, _: Duration) -> Result<(), Infallible> {
    /// #         self.0.lock().unwrap().insert(key.to_owned(), put);
    /// #         Ok(())
    /// #     }
    /// #     async fn delete(&self, key: &str) -> Result<(), Infallible> {
    /// #         self.0.lock().unwrap().remove(key);
    /// #         Ok(())
    /// #     }
    /// # }
    ///
    /// # let example = async {
    /// # let table = Arc::new(Table::default());
    /// let storage = EncodedCacheStorage::bare(table.clone(), JsonSerDe::default());
    /// let (key, now) = (String::from("user[7]"), Instant::of_process());
    /// storage.offer(&key, &CacheEntry::new(String::from("Ann"), now), now).await?;
    /// # let written = table.0.lock().unwrap()["user[7]"].clone();
    /// assert_eq!(written.first(), Some(&b'{'));
    /// # Ok::<_, evermemo_core::EncodedStorageError<Infallible>>(())
    /// # };
    /// # let polled = pin!(example).poll(&mut Context::from_waker(Waker::noop()));
    /// # assert!(matches!(polled, Poll::Ready(Ok(()))));
    /// ```
    #[must_use]
    pub fn bare(store: B, serde: S) -> Self {
        Self::made(store, serde, SystemWallClock, Bare)
    }
}

impl<B, S, W> EncodedCacheStorage<B, S, W> {
    /// Stores in `store` what `serde` writes, with times by `wall_clock`.
    #[must_use]
    pub fn with_clock(store: B, serde: S, wall_clock: W) -> Self {
        Self::made(store, serde, wall_clock, Enveloped::DEFAULT)
    }

    /// Makes a storage over the same store with payloads [alone](Self::bare).
    #[must_use]
    pub fn without_envelope(self) -> EncodedCacheStorage<B, S, W, Bare> {
        let Self { parts, wall_clock, .. } = self;
        EncodedCacheStorage { parts, wall_clock, wrapping: Bare }
    }

    /// Sets the number of the values' schema, 0 by default: to be changed when a value of before
    /// cannot be read any more, or would be read as another one.
    ///
    /// A payload of another schema is an error and a miss. So that two versions of a program do not
    /// replace each other's entries, give
    /// [`CanonicalKeyExtractor::with_schema`](crate::CanonicalKeyExtractor::with_schema) the same
    /// number: their keys differ then.
    #[must_use]
    pub fn with_schema(mut self, schema: u32) -> Self {
        self.wrapping.schema = schema;
        self
    }

    /// Compresses payloads of more than `above` bytes that become smaller by it. By default none is
    /// compressed; what was, by whatever setting, is read in any case.
    #[must_use]
    pub fn with_compression(mut self, above: usize, compression: Compression) -> Self {
        self.wrapping.compression = Some((above, compression));
        self
    }

    /// Sets how many bytes a payload may have before it is compressed, 64 MiB by default.
    ///
    /// A longer payload is an error: when it is written, and when it is read, before it is
    /// decompressed any further. With 0 nothing can be written or read; `usize::MAX` sets no bound.
    #[must_use]
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.wrapping.limit = bytes;
        self
    }
}

impl<B, S, W, P> EncodedCacheStorage<B, S, W, P> {
    fn made(store: B, serde: S, wall_clock: W, wrapping: P) -> Self {
        let parts = Parts { store, serde, naked: Mutex::new(None) };
        Self { parts: Arc::new(parts), wall_clock, wrapping }
    }

    /// Makes a storage over the same store that takes its times from `wall_clock`.
    #[must_use]
    pub fn with_wall_clock<X>(self, wall_clock: X) -> EncodedCacheStorage<B, S, X, P> {
        EncodedCacheStorage { parts: self.parts, wall_clock, wrapping: self.wrapping }
    }
}

impl<B, S, V, W, P> CacheStorage<String, V> for EncodedCacheStorage<B, S, W, P>
where
    B: ByteStore,
    S: SerDe<V> + Send + Sync,
    V: Clone + 'static,
    W: WallClock + 'static,
    P: Wrapping,
{
    type Error = EncodedStorageError<B::Error>;
    type Get = BoxFuture<'static, Found<V, Self::Error>>;
    type Done = BoxFuture<'static, Result<(), Self::Error>>;

    fn get(&self, key: &String, now: Instant) -> Self::Get {
        // Read here, not once the answer has come: by then `now` lies in the past.
        let wall = self.wall_clock.timestamp();
        let (parts, key, wrapping) = (self.parts.clone(), key.clone(), self.wrapping);
        Box::pin(async move {
            let found = parts.store.get(&key).await.map_err(EncodedStorageError::Store)?;
            let Some(bytes) = found else { return Ok(None) };
            let read = match wrapping.unwrap(&key, &bytes) {
                Unwrapped::Payload(payload) => parts.serde.deserialize(&payload),
                Unwrapped::Nothing => return Ok(None),
                Unwrapped::Naked(_) if parts.is_known(&bytes, wall) => return Ok(None),
                Unwrapped::Naked(error) | Unwrapped::Refused(error) => Err(error),
            };
            let entry = read.map_err(EncodedStorageError::Undecodable)?;
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
        let wrapped = written.and_then(|payload| self.wrapping.wrap(key, &entry, payload));
        let (parts, key) = (self.parts.clone(), key.clone());
        Box::pin(async move {
            let bytes = wrapped.map_err(EncodedStorageError::Unencodable)?;
            parts.store.put(&key, bytes, ttl).await.map_err(EncodedStorageError::Store)
        })
    }

    fn release(&self, key: &String) -> Self::Done {
        let (parts, key) = (self.parts.clone(), key.clone());
        Box::pin(async move { parts.store.delete(&key).await.map_err(EncodedStorageError::Store) })
    }
}

/// How often payloads without an envelope are told of.
const HOUR: Duration = Duration::from_secs(3600);

impl<B, S> Parts<B, S> {
    /// Returns whether the bytes are an entry without an envelope, and such were told of not long
    /// ago: a store may be full of them when a new version of a program starts.
    fn is_known<V>(&self, bytes: &[u8], wall: Timestamp) -> bool
    where
        S: SerDe<V>,
    {
        if self.serde.deserialize(bytes).is_err() {
            return false;
        }
        self.naked.with(|told| {
            let known = told.is_some_and(|told| told <= wall && wall < told + HOUR);
            if !known {
                *told = Some(wall);
            }
            known
        })
    }
}

impl<B, S, W: Clone, P: Clone> Clone for EncodedCacheStorage<B, S, W, P> {
    fn clone(&self) -> Self {
        let Self { parts, wall_clock, wrapping } = self;
        Self { parts: parts.clone(), wall_clock: wall_clock.clone(), wrapping: wrapping.clone() }
    }
}

impl<B, S, W, P> fmt::Debug for EncodedCacheStorage<B, S, W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedCacheStorage").finish_non_exhaustive()
    }
}
