//! moka's async cache.

use alloc::sync::Arc;
use core::{convert::Infallible, time::Duration};

use crate::side_by_side::{Key, Peer, Value, on_tokio::block_on};

/// A [`moka::future::Cache`], asked by `try_get_with_by_ref`: by a `u64`, that costs what
/// `try_get_with` does.
pub(crate) struct Moka<K, V> {
    cache: moka::future::Cache<K, V>,
}

impl<K: Key, V: Value> Peer<K, V> for Moka<K, V> {
    const NAME: &'static str = "moka";
    const EXPIRES: bool = true;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = Result<V, Arc<Infallible>>;

    fn bounded(capacity: usize, expiry: bool) -> Self {
        let builder = moka::future::Cache::builder().max_capacity(capacity as u64);
        let builder =
            if expiry { builder.time_to_live(Duration::from_secs(1800)) } else { builder };
        Self { cache: builder.build() }
    }

    #[inline]
    fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        self.cache.try_get_with_by_ref(key, async { Ok(load().await) })
    }

    async fn put(&self, key: K, value: V) {
        self.cache.insert(key, value).await;
    }

    #[inline]
    fn value(answer: Self::Answer) -> V {
        answer.expect("the load cannot fail")
    }

    fn entries(&self) -> usize {
        block_on(self.cache.run_pending_tasks());
        self.cache.entry_count() as usize
    }
}
