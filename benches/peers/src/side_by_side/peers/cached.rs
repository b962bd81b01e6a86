//! What the attribute of `cached` makes of an async function.

use alloc::sync::Arc;
use core::{hash::BuildHasher, time::Duration};
use std::collections::hash_map::RandomState;

use cached::{Cached as _, LruCache, LruTtlCache, async_sync::RwLock};

use crate::side_by_side::{Key, Peer, Value};

/// The same as `#[cached(max_size = .., sync_writes = "by_key")]`: one of 64 locks, chosen by the
/// key, is held from the look-up until the load has ended, and one lock is around the store.
/// Written out, as the attribute fixes the capacity when it is compiled.
pub(crate) struct Cached<K, V> {
    store: RwLock<Store<K, V>>,
    keys: Vec<Arc<RwLock<()>>>,
    hasher: RandomState,
}

/// One without expiry, and one with it.
enum Store<K, V> {
    Lru(LruCache<K, V>),
    LruTtl(LruTtlCache<K, V>),
}

impl<K: Key, V: Value> Peer<K, V> for Cached<K, V> {
    const NAME: &'static str = "cached";
    const EXPIRES: bool = true;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = V;

    fn bounded(capacity: usize, expiry: bool) -> Self {
        let store = if expiry {
            Store::LruTtl(LruTtlCache::new(capacity, Duration::from_secs(1800)))
        } else {
            Store::Lru(LruCache::new(capacity))
        };
        Self {
            store: RwLock::new(store),
            keys: (0..64).map(|_| Arc::default()).collect(),
            hasher: RandomState::new(),
        }
    }

    #[inline]
    async fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> V
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        let lock = self.keys[self.hasher.hash_one(key) as usize % self.keys.len()].clone();
        let _turn = lock.write().await;
        let found = match &mut *self.store.write().await {
            Store::Lru(store) => store.cache_get(key).cloned(),
            Store::LruTtl(store) => store.cache_get(key).cloned(),
        };
        if let Some(value) = found {
            return value;
        }
        let value = load().await;
        match &mut *self.store.write().await {
            Store::Lru(store) => store.cache_set(key.to_owned(), value.clone()),
            Store::LruTtl(store) => store.cache_set(key.to_owned(), value.clone()),
        };
        value
    }

    async fn put(&self, key: K, value: V) {
        match &mut *self.store.write().await {
            Store::Lru(store) => store.cache_set(key, value),
            Store::LruTtl(store) => store.cache_set(key, value),
        };
    }

    #[inline]
    fn value(answer: V) -> V {
        answer
    }

    fn entries(&self) -> usize {
        match &*self.store.try_read().expect("no call is under way") {
            Store::Lru(store) => store.cache_size(),
            Store::LruTtl(store) => store.cache_size(),
        }
    }
}
