//! Evermemo on tokio, whose adapter reads the process-wide clock.

use core::{convert::Infallible, time::Duration};

use evermemo::{Builder, Cache, Error, Tokio};

use crate::side_by_side::{Key, Peer, Value, peer::Resized};

/// A cache with the policy and the settings of the defaults.
pub(crate) struct Evermemo<K: Key, V: Value> {
    cache: Cache<K, V, Infallible, Tokio>,
}

impl<K: Key, V: Value> Evermemo<K, V> {
    fn new(capacity: usize, expiry: bool) -> Self {
        let builder = Builder::on(Tokio::default()).capacity(capacity);
        let builder = if expiry {
            builder
        } else {
            builder.update_after(Duration::MAX).expire_after(Duration::MAX)
        };
        Self { cache: builder.build() }
    }
}

impl<V: Value> Peer<u64, V> for Evermemo<u64, V> {
    const NAME: &'static str = "evermemo";
    const EXPIRES: bool = true;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = Result<V, Error<Infallible>>;

    fn bounded(capacity: usize, expiry: bool) -> Self {
        Self::new(capacity, expiry)
    }

    #[inline]
    fn ask<L, F>(&self, key: &u64, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        self.cache.get_with(*key, |_| async { Ok(load().await) })
    }

    async fn put(&self, key: u64, value: V) {
        self.cache.insert(key, value).await;
    }

    #[inline]
    fn value(answer: Self::Answer) -> V {
        answer.expect("the load cannot fail")
    }

    fn entries(&self) -> usize {
        self.cache.len()
    }
}

impl<V: Value> Resized<u64, V> for Evermemo<u64, V> {
    fn resize(&self, capacity: usize) {
        assert!(self.cache.set_capacity(capacity), "memory has a capacity");
    }
}

impl<V: Value> Peer<String, V> for Evermemo<String, V> {
    const NAME: &'static str = "evermemo";
    const EXPIRES: bool = true;
    const EVICTS: bool = true;
    const LOADS_ONCE: bool = true;
    type Answer = Result<V, Error<Infallible>>;

    fn bounded(capacity: usize, expiry: bool) -> Self {
        Self::new(capacity, expiry)
    }

    #[inline]
    fn ask<L, F>(&self, key: &str, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static,
    {
        self.cache.get_ref_with(key, |_| async { Ok(load().await) })
    }

    async fn put(&self, key: String, value: V) {
        self.cache.insert(key, value).await;
    }

    #[inline]
    fn value(answer: Self::Answer) -> V {
        answer.expect("the load cannot fail")
    }

    fn entries(&self) -> usize {
        self.cache.len()
    }
}
