//! A configuration whose components are exchanged while calls run.

use core::{fmt, hash::Hash, time::Duration};

use super::{
    Behind, CacheConfiguration, ConfigurationSource, FixedCacheConfiguration,
    shared::{SharedBuilder, SharedExtractor, SharedPostprocessing, SharedStorage, SharedStrategy},
};
use crate::{
    entry_builder::CacheEntryBuilder,
    eviction::EvictionStrategy,
    key::KeyExtractor,
    postprocessing::Postprocessing,
    storage::CacheStorage,
    sync::{Arc, ReadersLock, cores, number},
};

use alloc::boxed::Box;

/// A configuration whose components can be exchanged at any time.
///
/// A call keeps the components that it began with. Clones are handles of the same configuration:
/// give one to the builder, and keep another. `K` is the key that the extractor makes, the
/// arguments themselves by default.
///
/// # Examples
///
/// ```
/// use evermemo_core::{DefaultInMemoryCacheConfiguration, MutableCacheConfiguration};
/// use std::time::Duration;
///
/// let configuration = MutableCacheConfiguration::<u32, String>::initialized_with(
///     DefaultInMemoryCacheConfiguration::default(),
/// );
/// configuration.set_configured(false).set_method_timeout(Duration::from_secs(5));
/// ```
pub struct MutableCacheConfiguration<A, V, K = A> {
    current: Arc<ReadersLock<Copies<A, V, K>>>,
}

/// The components once for each core, so that calls on different cores do not share a pointer's
/// count. Their number is a power of two.
struct Copies<A, V, K>(Box<[Arc<Components<A, V, K>>]>);

/// More would make a change expensive; the lock around them has as many gates of its own.
const MOST_COPIES: usize = 16;

/// The components of a [`MutableCacheConfiguration`] at one moment.
///
/// # Examples
///
/// ```
/// use evermemo_core::{
///     CacheConfiguration, Components, ConfigurationSource, DefaultInMemoryCacheConfiguration,
///     MutableCacheConfiguration,
/// };
/// use std::{sync::Arc, time::Duration};
///
/// let configuration = MutableCacheConfiguration::initialized_with(
///     DefaultInMemoryCacheConfiguration::default(),
/// );
/// let before: Arc<Components<u32, String, u32>> = configuration.snapshot();
/// configuration.set_method_timeout(Duration::from_secs(5));
/// assert_eq!(before.method_timeout(), Some(Duration::from_secs(120)));
/// assert_eq!(configuration.snapshot().method_timeout(), Some(Duration::from_secs(5)));
/// ```
// Aligned apart from each other's counts, as cache lines are fetched in pairs.
#[repr(align(128))]
pub struct Components<A, V, K> {
    configured: bool,
    method_timeout: Option<Duration>,
    storage: SharedStorage<K, V>,
    key_extractor: SharedExtractor<A, K>,
    entry_builder: SharedBuilder<K, V>,
    eviction_strategy: SharedStrategy<K, V>,
    postprocessing: SharedPostprocessing<V>,
}

impl<A: 'static, V: 'static, K: Hash + Eq + Clone + 'static> MutableCacheConfiguration<A, V, K> {
    /// Starts with the components of another configuration.
    pub fn initialized_with<S, X, B, T, P>(
        configuration: FixedCacheConfiguration<S, X, B, T, P>,
    ) -> Self
    where
        S: CacheStorage<K, V, Get: Send, Done: Send> + Send + Sync,
        X: KeyExtractor<A, Key = K> + Send + Sync,
        B: CacheEntryBuilder<K, V> + Send + Sync,
        T: EvictionStrategy<K, V> + Send + Sync,
        P: Postprocessing<V> + Send + Sync,
    {
        let components = Components {
            configured: true,
            method_timeout: configuration.method_timeout,
            storage: SharedStorage::new(configuration.storage),
            key_extractor: SharedExtractor::new(configuration.key_extractor),
            entry_builder: SharedBuilder::new(configuration.entry_builder),
            eviction_strategy: SharedStrategy::new(configuration.eviction_strategy),
            postprocessing: SharedPostprocessing::new(configuration.postprocessing),
        };
        Self { current: Arc::new(ReadersLock::new(Copies::of(components))) }
    }

    /// Sets whether calls may be answered.
    pub fn set_configured(&self, configured: bool) -> &Self {
        self.set(|components| components.configured = configured);
        self
    }

    /// Sets how long a load may take; `None` or [`Duration::MAX`] sets no bound.
    pub fn set_method_timeout(&self, timeout: impl Into<Option<Duration>>) -> &Self {
        let timeout = timeout.into().filter(|&timeout| timeout != Duration::MAX);
        self.set(|components| components.method_timeout = timeout);
        self
    }

    /// Sets the storage of entries. The old storage keeps its entries. The eviction strategy is
    /// told that they have left, and which entries the new storage has already, where the storages
    /// can list them.
    pub fn set_storage<S>(&self, storage: S) -> &Self
    where
        S: CacheStorage<K, V, Get: Send, Done: Send> + Send + Sync,
    {
        let storage = SharedStorage::new(storage);
        let before = self.set(|components| {
            components.storage = storage.instead_of(&components.storage);
            components.eviction_strategy = components.eviction_strategy.move_on();
        });
        let Components { storage, eviction_strategy: strategy, .. } = &*self.components();
        storage.bounded_outside(strategy.bounds());
        before.mine().storage.visit(&mut |key, _| strategy.mark_released(key));
        // After the others, as the two storages may be the same.
        storage.visit(&mut |key, entry| strategy.mark_written(key, entry));
        self
    }

    /// Sets the key extractor.
    pub fn set_key_extractor<X>(&self, extractor: X) -> &Self
    where
        X: KeyExtractor<A, Key = K> + Send + Sync,
    {
        let extractor = SharedExtractor::new(extractor);
        self.set(|components| components.key_extractor = extractor);
        self
    }

    /// Sets the entry builder; stored entries keep their times.
    pub fn set_entry_builder<B>(&self, builder: B) -> &Self
    where
        B: CacheEntryBuilder<K, V> + Send + Sync,
    {
        let builder = SharedBuilder::new(builder);
        self.set(|components| components.entry_builder = builder);
        self
    }

    /// Sets the eviction strategy. It is told which entries are stored already, if the storage can
    /// list them.
    pub fn set_eviction_strategy<T>(&self, strategy: T) -> &Self
    where
        T: EvictionStrategy<K, V> + Send + Sync,
    {
        let Components { storage, eviction_strategy, .. } = &*self.components();
        eviction_strategy.exchange(strategy);
        storage.bounded_outside(eviction_strategy.bounds());
        storage.visit(&mut |key, entry| eviction_strategy.mark_written(key, entry));
        self
    }

    /// Sets the postprocessing.
    pub fn set_postprocessing<P>(&self, postprocessing: P) -> &Self
    where
        P: Postprocessing<V> + Send + Sync,
    {
        let postprocessing = SharedPostprocessing::new(postprocessing);
        self.set(|components| components.postprocessing = postprocessing);
        self
    }

    /// Returns the previous components, which the caller drops outside the lock.
    fn set(&self, change: impl FnOnce(&mut Components<A, V, K>)) -> Copies<A, V, K> {
        let mut current = self.current.write();
        let mut changed = Components::clone(current.mine());
        change(&mut changed);
        core::mem::replace(&mut *current, Copies::of(changed))
    }
}

impl<A, V, K> MutableCacheConfiguration<A, V, K> {
    /// Returns the current components.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn components(&self) -> Arc<Components<A, V, K>> {
        self.current.read().mine().clone()
    }
}

impl<A, V, K> Copies<A, V, K> {
    fn of(components: Components<A, V, K>) -> Self {
        let copies = cores().min(MOST_COPIES).next_power_of_two();
        Self((0..copies).map(|_| Arc::new(components.clone())).collect())
    }

    /// Returns the copy of this thread.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn mine(&self) -> &Arc<Components<A, V, K>> {
        &self.0[number() & (self.0.len() - 1)]
    }
}

impl<A, V, K> ConfigurationSource<A, V> for MutableCacheConfiguration<A, V, K>
where
    A: 'static,
    V: 'static,
    K: Hash + Eq + Clone + 'static,
{
    type Current = Components<A, V, K>;
    type Snapshot = Arc<Components<A, V, K>>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn snapshot(&self) -> Self::Snapshot {
        self.components()
    }

    #[inline]
    fn current<'a>(&'a self, snapshot: &'a Self::Snapshot) -> &'a Self::Current {
        snapshot
    }

    fn is_current(&self, snapshot: &Self::Snapshot) -> bool {
        snapshot.storage.is_current()
    }
}

impl<A, V, K> CacheConfiguration<A, V> for Components<A, V, K>
where
    A: 'static,
    V: 'static,
    K: Hash + Eq + Clone + 'static,
{
    type Key = K;
    type Storage = SharedStorage<K, V>;
    type KeyExtractor = SharedExtractor<A, K>;
    type EntryBuilder = SharedBuilder<K, V>;
    type EvictionStrategy = SharedStrategy<K, V>;
    type Postprocessing = SharedPostprocessing<V>;

    #[inline]
    fn configured(&self) -> bool {
        self.configured
    }

    #[inline]
    fn method_timeout(&self) -> Option<Duration> {
        self.method_timeout
    }

    #[inline]
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }

    #[inline]
    fn key_extractor(&self) -> &Self::KeyExtractor {
        &self.key_extractor
    }

    #[inline]
    fn entry_builder(&self) -> &Self::EntryBuilder {
        &self.entry_builder
    }

    #[inline]
    fn eviction_strategy(&self) -> &Self::EvictionStrategy {
        &self.eviction_strategy
    }

    #[inline]
    fn postprocessing(&self) -> &Self::Postprocessing {
        &self.postprocessing
    }
}

impl<A, V, K> Behind for Components<A, V, K>
where
    A: 'static,
    V: Clone + 'static,
    K: Hash + Eq + Clone + 'static,
{
    type Arguments = A;
    type Value = V;
    type Configuration = Self;

    fn behind(&self) -> &Self {
        self
    }

    fn is_the_current_one(&self) -> bool {
        self.storage.is_current()
    }

    fn storage_number(&self) -> usize {
        self.storage.number()
    }
}

impl<A, V, K> Clone for MutableCacheConfiguration<A, V, K> {
    fn clone(&self) -> Self {
        Self { current: self.current.clone() }
    }
}

impl<A, V, K> Clone for Components<A, V, K> {
    fn clone(&self) -> Self {
        Self {
            configured: self.configured,
            method_timeout: self.method_timeout,
            storage: self.storage.clone(),
            key_extractor: self.key_extractor.clone(),
            entry_builder: self.entry_builder.clone(),
            eviction_strategy: self.eviction_strategy.clone(),
            postprocessing: self.postprocessing.clone(),
        }
    }
}

impl<A, V, K> fmt::Debug for MutableCacheConfiguration<A, V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.components();
        f.debug_tuple("MutableCacheConfiguration").field(&current).finish()
    }
}

impl<A, V, K> fmt::Debug for Components<A, V, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Components")
            .field("configured", &self.configured)
            .field("method_timeout", &self.method_timeout)
            .finish_non_exhaustive()
    }
}
