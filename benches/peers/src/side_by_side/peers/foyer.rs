//! foyer's cache in memory.

use core::convert::Infallible;

use foyer_memory::{Cache, CacheBuilder, CacheEntry};

use crate::side_by_side::{Key, Peer, Value, peer::Resized};

/// A [`foyer_memory::Cache`], asked by `get_or_fetch`. A load is a task of tokio's from the start.
pub(crate) struct Foyer<K: Key, V: Value> {
    cache: Cache<K, V>,
}

impl<K: Key, V: Value> Peer<K, V> for Foyer<K, V> {
    const NAME: &'static str = "foyer";
    const EXPIRES: bool = false;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = foyer_common::error::Result<CacheEntry<K, V>>;

    fn bounded(capacity: usize, _expiry: bool) -> Self {
        Self { cache: CacheBuilder::new(capacity).build() }
    }

    #[inline]
    fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        self.cache.get_or_fetch(key, || async { Ok::<V, Infallible>(load().await) })
    }

    async fn put(&self, key: K, value: V) {
        self.cache.insert(key, value);
    }

    #[inline]
    fn value(answer: Self::Answer) -> V {
        answer.expect("the load cannot fail").value().clone()
    }

    fn entries(&self) -> usize {
        self.cache.entries()
    }
}

impl<K: Key, V: Value> Resized<K, V> for Foyer<K, V> {
    fn resize(&self, capacity: usize) {
        self.cache.resize(capacity).expect("each shard keeps some room");
    }
}
