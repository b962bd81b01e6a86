//! Components whose types are only known while running.

use core::{error, fmt, future::Future};

use crate::{
    entry::CacheEntry,
    error::StorageError,
    key::{Lookup, Whole},
    runtime::BoxFuture,
    storage::{CacheStorage, Found},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// A storage of any type behind a pointer.
pub struct SharedStorage<K, V> {
    storage: Arc<dyn ErasedStorage<K, V> + Send + Sync>,
}

impl<K, V> SharedStorage<K, V> {
    /// Hides the type of `storage`.
    pub fn new<S>(storage: S) -> Self
    where
        K: core::hash::Hash + Eq + Clone + 'static,
        V: 'static,
        S: CacheStorage<K, V, Get: Send, Done: Send> + Send + Sync,
    {
        Self { storage: Arc::new(storage) }
    }
}

/// The error of a storage whose type is hidden.
#[derive(Clone, Debug)]
pub struct SharedStorageError(StorageError);

impl SharedStorageError {
    fn new(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for SharedStorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for SharedStorageError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

type Get<V> = BoxFuture<'static, Found<V, SharedStorageError>>;
type Done = BoxFuture<'static, Result<(), SharedStorageError>>;

trait ErasedStorage<K, V> {
    fn get(&self, key: &K, now: Instant) -> Get<V>;
    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done;
    fn release(&self, key: &K) -> Done;
    fn get_now(&self, key: &K, now: Instant) -> Option<Found<V, SharedStorageError>>;
    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Done>;
    fn clear(&self) -> Option<Done>;
    fn bounded_outside(&self, bounded: bool);
    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool;
}

impl<K, V, S> ErasedStorage<K, V> for S
where
    K: core::hash::Hash + Eq + Clone + 'static,
    V: 'static,
    S: CacheStorage<K, V, Get: Send, Done: Send>,
{
    fn get(&self, key: &K, now: Instant) -> Get<V> {
        let get = CacheStorage::get(self, key, now);
        Box::pin(async { get.await.map_err(SharedStorageError::new) })
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done {
        done(CacheStorage::offer(self, key, entry, now))
    }

    fn release(&self, key: &K) -> Done {
        done(CacheStorage::release(self, key))
    }

    fn get_now(&self, key: &K, now: Instant) -> Option<Found<V, SharedStorageError>> {
        let found = CacheStorage::get_now(self, &Whole(key), now)?;
        Some(found.map_err(SharedStorageError::new))
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Done> {
        CacheStorage::offer_if(self, key, entry, now, current).map(done)
    }

    fn clear(&self) -> Option<Done> {
        CacheStorage::clear(self).map(done)
    }

    fn bounded_outside(&self, bounded: bool) {
        CacheStorage::bounded_outside(self, bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        CacheStorage::visit(self, each)
    }
}

fn done<E, F>(done: F) -> Done
where
    E: error::Error + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
{
    Box::pin(async { done.await.map_err(SharedStorageError::new) })
}

impl<K: Clone + 'static, V: 'static> CacheStorage<K, V> for SharedStorage<K, V> {
    type Error = SharedStorageError;
    type Get = Get<V>;
    type Done = Done;

    fn get(&self, key: &K, now: Instant) -> Self::Get {
        self.storage.get(key, now)
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done {
        self.storage.offer(key, entry, now)
    }

    fn release(&self, key: &K) -> Self::Done {
        self.storage.release(key)
    }

    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
    ) -> Option<Found<V, Self::Error>> {
        self.storage.get_now(&key.to_key(), now)
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        self.storage.offer_if(key, entry, now, current)
    }

    fn clear(&self) -> Option<Self::Done> {
        self.storage.clear()
    }

    fn bounded_outside(&self, bounded: bool) {
        self.storage.bounded_outside(bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        self.storage.visit(each)
    }
}

impl<K, V> Clone for SharedStorage<K, V> {
    fn clone(&self) -> Self {
        Self { storage: self.storage.clone() }
    }
}

impl<K, V> fmt::Debug for SharedStorage<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStorage").finish_non_exhaustive()
    }
}
