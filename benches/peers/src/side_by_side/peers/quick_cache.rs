//! quick_cache's shared cache.

use core::convert::Infallible;

use crate::side_by_side::{Key, Peer, Value};

/// A [`quick_cache::sync::Cache`], asked by `get_or_insert_async`.
pub(crate) struct QuickCache<K, V> {
    cache: quick_cache::sync::Cache<K, V>,
}

impl<K: Key, V: Value> Peer<K, V> for QuickCache<K, V> {
    const NAME: &'static str = "quick_cache";
    const EXPIRES: bool = false;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = Result<V, Infallible>;

    fn bounded(capacity: usize, _expiry: bool) -> Self {
        Self { cache: quick_cache::sync::Cache::new(capacity) }
    }

    #[inline]
    fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        self.cache.get_or_insert_async(key, async { Ok(load().await) })
    }

    async fn put(&self, key: K, value: V) {
        self.cache.insert(key, value);
    }

    #[inline]
    fn value(answer: Self::Answer) -> V {
        answer.expect("the load cannot fail")
    }

    fn entries(&self) -> usize {
        self.cache.len()
    }
}
