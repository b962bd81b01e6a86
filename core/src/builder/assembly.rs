//! The components in a builder, before it knows keys and values.

use core::{fmt, time::Duration};

use crate::{
    defaults,
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    eviction::NoEvictionStrategy,
    key::ArgumentsKeyExtractor,
    postprocessing::NoPostprocessing,
    storage::{CacheStorage, LocalInMemoryCacheStorage, Policy},
};

/// Components that a builder puts a configuration together from.
#[derive(Clone, Debug)]
pub struct Assembly<
    S = InMemory,
    X = ArgumentsKeyExtractor,
    B = LifeSpan,
    T = NoEvictionStrategy,
    P = NoPostprocessing,
> {
    pub(super) method_timeout: Option<Duration>,
    pub(super) storage: S,
    pub(super) key_extractor: X,
    pub(super) entry_builder: B,
    pub(super) eviction_strategy: T,
    pub(super) postprocessing: P,
}

impl Assembly {
    pub(super) const DEFAULT: Self = Self {
        method_timeout: Some(defaults::METHOD_TIMEOUT),
        storage: InMemory::DEFAULT,
        key_extractor: ArgumentsKeyExtractor,
        entry_builder: LifeSpan::DEFAULT,
        eviction_strategy: NoEvictionStrategy,
        postprocessing: NoPostprocessing,
    };
}

/// Replaces a component by one of another type.
macro_rules! replaced {
    ($assembly:ident, $component:ident: $($kept:ident),*) => {{
        let Assembly { method_timeout, $component: _, $($kept),* } = $assembly;
        Assembly { method_timeout, $component, $($kept),* }
    }};
}

impl<S, X, B, T, P> Assembly<S, X, B, T, P> {
    pub(super) fn with_storage<S2>(self, storage: S2) -> Assembly<S2, X, B, T, P> {
        replaced!(self, storage: key_extractor, entry_builder, eviction_strategy, postprocessing)
    }

    pub(super) fn with_key_extractor<X2>(self, key_extractor: X2) -> Assembly<S, X2, B, T, P> {
        replaced!(self, key_extractor: storage, entry_builder, eviction_strategy, postprocessing)
    }

    pub(super) fn with_entry_builder<B2>(self, entry_builder: B2) -> Assembly<S, X, B2, T, P> {
        replaced!(self, entry_builder: storage, key_extractor, eviction_strategy, postprocessing)
    }

    pub(super) fn with_eviction_strategy<T2>(
        self,
        eviction_strategy: T2,
    ) -> Assembly<S, X, B, T2, P> {
        replaced!(self, eviction_strategy: storage, key_extractor, entry_builder, postprocessing)
    }

    pub(super) fn with_postprocessing<P2>(self, postprocessing: P2) -> Assembly<S, X, B, T, P2> {
        replaced!(self, postprocessing: storage, key_extractor, entry_builder, eviction_strategy)
    }
}

/// A whole configuration that a builder was given.
#[derive(Clone, Copy, Debug)]
pub struct Configured<C>(pub(super) C);

/// A storage in memory, with its settings.
#[derive(Clone, Copy, Debug)]
pub struct InMemory<W = Unweighed> {
    pub(super) capacity: usize,
    pub(super) policy: Policy,
    pub(super) weigher: W,
}

/// Each entry weighs 1.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct Unweighed;

/// A function that weighs an entry.
#[derive(Clone, Copy)]
pub struct Weighed<W>(pub(super) W);

impl InMemory {
    pub(super) const DEFAULT: Self =
        Self { capacity: defaults::CAPACITY, policy: Policy::S3TinyLfu, weigher: Unweighed };
}

impl<W> fmt::Debug for Weighed<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Weighed")
    }
}

/// The same two durations for all entries.
#[derive(Clone, Copy, Debug)]
pub struct LifeSpan {
    pub(super) update_after: Duration,
    pub(super) expire_after: Duration,
}

impl LifeSpan {
    pub(super) const DEFAULT: Self =
        Self { update_after: defaults::UPDATE_AFTER, expire_after: defaults::EXPIRE_AFTER };
}

/// A component of the user's.
#[derive(Clone, Copy, Debug)]
pub struct Given<T>(pub(super) T);

/// Becomes the storage of keys `K` and values `V`.
#[doc(hidden)]
pub trait StorageChoice<K, V> {
    type Storage: CacheStorage<K, V>;
    fn make(self) -> Self::Storage;
}

impl<K, V> StorageChoice<K, V> for InMemory
where
    LocalInMemoryCacheStorage<K, V>: CacheStorage<K, V>,
{
    type Storage = LocalInMemoryCacheStorage<K, V>;

    fn make(self) -> Self::Storage {
        LocalInMemoryCacheStorage::new(self.capacity).with_policy(self.policy)
    }
}

impl<K, V, W> StorageChoice<K, V> for InMemory<Weighed<W>>
where
    LocalInMemoryCacheStorage<K, V>: CacheStorage<K, V>,
    W: Fn(&K, &V) -> u32 + Send + Sync + 'static,
{
    type Storage = LocalInMemoryCacheStorage<K, V>;

    fn make(self) -> Self::Storage {
        LocalInMemoryCacheStorage::new(self.capacity)
            .with_policy(self.policy)
            .with_weigher(self.weigher.0)
    }
}

impl<K, V, S: CacheStorage<K, V>> StorageChoice<K, V> for Given<S> {
    type Storage = S;

    fn make(self) -> S {
        self.0
    }
}

/// Becomes the entry builder of keys `K` and values `V`.
#[doc(hidden)]
pub trait EntryBuilderChoice<K, V> {
    type EntryBuilder: CacheEntryBuilder<K, V>;
    fn make(self) -> Self::EntryBuilder;
}

impl<K, V> EntryBuilderChoice<K, V> for LifeSpan {
    type EntryBuilder = ProvidedLifeSpanCacheEntryBuilder;

    fn make(self) -> Self::EntryBuilder {
        ProvidedLifeSpanCacheEntryBuilder::new(self.update_after, self.expire_after)
    }
}

impl<K, V, B: CacheEntryBuilder<K, V>> EntryBuilderChoice<K, V> for Given<B> {
    type EntryBuilder = B;

    fn make(self) -> B {
        self.0
    }
}
