//! quick_cache's shared cache.

use core::convert::Infallible;

use quick_cache::{OptionsBuilder, UnitWeighter, sync::Cache};

use crate::side_by_side::{Key, Peer, Value, peer::Resized};

/// A [`quick_cache::sync::Cache`], asked by `get_or_insert_async`, in so many shards; 0: as many as
/// by default.
pub(crate) struct QuickCache<K, V, const SHARDS: usize = 0> {
    cache: Cache<K, V>,
}

impl<K: Key, V: Value, const SHARDS: usize> Peer<K, V> for QuickCache<K, V, SHARDS> {
    const NAME: &'static str = "quick_cache";
    const EXPIRES: bool = false;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = Result<V, Infallible>;

    fn bounded(capacity: usize, _expiry: bool) -> Self {
        if SHARDS == 0 {
            return Self { cache: Cache::new(capacity) };
        }
        let options = OptionsBuilder::new()
            .shards(SHARDS)
            .estimated_items_capacity(capacity)
            .weight_capacity(capacity as u64)
            .build()
            .expect("all that has to be set is set");
        let (hasher, lifecycle) = Default::default();
        Self { cache: Cache::with_options(options, UnitWeighter, hasher, lifecycle) }
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

impl<K: Key, V: Value, const SHARDS: usize> Resized<K, V> for QuickCache<K, V, SHARDS> {
    fn resize(&self, capacity: usize) {
        self.cache.set_capacity(capacity as u64);
    }
}
