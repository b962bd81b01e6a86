//! A configuration that stays as it is.

use core::time::Duration;

use super::{CacheConfiguration, ConfigurationSource};
use crate::{
    defaults::METHOD_TIMEOUT,
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    eviction::{EvictionStrategy, NoEvictionStrategy},
    key::{ArgumentsKeyExtractor, KeyExtractor},
    postprocessing::{NoPostprocessing, Postprocessing},
    storage::{CacheStorage, LocalInMemoryCacheStorage},
};

/// A configuration whose components stay as they were built, and cost a call nothing.
///
/// A builder makes it. Its fields can be read, and changed where a component can be changed in
/// place (as the durations of a [`ProvidedLifeSpanCacheEntryBuilder`]).
///
/// # Examples
///
/// ```
/// use evermemo_core::{
///     ArgumentsKeyExtractor, Builder, FixedCacheConfiguration, LocalInMemoryCacheStorage,
///     NoEvictionStrategy, NoPostprocessing, ProvidedLifeSpanCacheEntryBuilder,
/// };
/// use std::time::Duration;
///
/// let configuration = FixedCacheConfiguration::new(
///     Some(Duration::from_secs(5)),
///     LocalInMemoryCacheStorage::<u64, u64>::new(100),
///     ArgumentsKeyExtractor,
///     ProvidedLifeSpanCacheEntryBuilder::default(),
///     NoEvictionStrategy,
///     NoPostprocessing,
/// );
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime)
///     .configuration(configuration)
///     .wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.call(12).await.unwrap(), 144);
/// assert_eq!(squares.cache().capacity(), 100);
/// # });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FixedCacheConfiguration<S, X, B, T, P> {
    /// How long a load may take; `None` sets no bound.
    pub method_timeout: Option<Duration>,
    /// Stores entries.
    pub storage: S,
    /// Makes keys.
    pub key_extractor: X,
    /// Sets the times of entries.
    pub entry_builder: B,
    /// Bounds the storage from outside.
    pub eviction_strategy: T,
    /// Changes each answer.
    pub postprocessing: P,
}

/// The reference's defaults: 4,096 entries in memory, 2 minutes for a load, stale after 10 minutes,
/// expired after 30.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, DefaultInMemoryCacheConfiguration};
/// use std::{future::pending, time::Duration};
///
/// let mut configuration = DefaultInMemoryCacheConfiguration::<u64, u64>::default();
/// configuration.method_timeout = Some(Duration::from_secs(5));
///
/// # evermemo_core::testing::run(async |runtime| {
/// let stuck = Builder::on(runtime.clone())
///     .configuration(configuration)
///     .wrap(|_: u64| pending::<u64>());
/// assert!(stuck.call(12).await.unwrap_err().is_timeout());
/// assert_eq!(runtime.elapsed(), Duration::from_secs(5));
/// # });
/// ```
pub type DefaultInMemoryCacheConfiguration<A, V> = FixedCacheConfiguration<
    LocalInMemoryCacheStorage<A, V>,
    ArgumentsKeyExtractor,
    ProvidedLifeSpanCacheEntryBuilder,
    NoEvictionStrategy,
    NoPostprocessing,
>;

impl<S, X, B, T, P> FixedCacheConfiguration<S, X, B, T, P> {
    /// Puts components together. A storage that bounds itself stops doing so if the strategy ever
    /// evicts.
    pub fn new<K, V>(
        method_timeout: Option<Duration>,
        storage: S,
        key_extractor: X,
        entry_builder: B,
        eviction_strategy: T,
        postprocessing: P,
    ) -> Self
    where
        S: CacheStorage<K, V>,
        T: EvictionStrategy<K, V>,
    {
        storage.bounded_outside(eviction_strategy.bounds());
        Self {
            method_timeout,
            storage,
            key_extractor,
            entry_builder,
            eviction_strategy,
            postprocessing,
        }
    }
}

impl<A, V> Default for DefaultInMemoryCacheConfiguration<A, V> {
    fn default() -> Self {
        Self {
            method_timeout: Some(METHOD_TIMEOUT),
            storage: LocalInMemoryCacheStorage::default(),
            key_extractor: ArgumentsKeyExtractor,
            entry_builder: ProvidedLifeSpanCacheEntryBuilder::default(),
            eviction_strategy: NoEvictionStrategy,
            postprocessing: NoPostprocessing,
        }
    }
}

impl<A, V, S, X, B, T, P> CacheConfiguration<A, V> for FixedCacheConfiguration<S, X, B, T, P>
where
    X: KeyExtractor<A>,
    S: CacheStorage<X::Key, V>,
    B: CacheEntryBuilder<X::Key, V>,
    T: EvictionStrategy<X::Key, V>,
    P: Postprocessing<V>,
{
    type Key = X::Key;
    type Storage = S;
    type KeyExtractor = X;
    type EntryBuilder = B;
    type EvictionStrategy = T;
    type Postprocessing = P;

    #[inline]
    fn method_timeout(&self) -> Option<Duration> {
        self.method_timeout
    }

    #[inline]
    fn storage(&self) -> &S {
        &self.storage
    }

    #[inline]
    fn key_extractor(&self) -> &X {
        &self.key_extractor
    }

    #[inline]
    fn entry_builder(&self) -> &B {
        &self.entry_builder
    }

    #[inline]
    fn eviction_strategy(&self) -> &T {
        &self.eviction_strategy
    }

    #[inline]
    fn postprocessing(&self) -> &P {
        &self.postprocessing
    }
}

impl<A, V, S, X, B, T, P> ConfigurationSource<A, V> for FixedCacheConfiguration<S, X, B, T, P>
where
    Self: CacheConfiguration<A, V>,
{
    type Current = Self;
    type Snapshot = ();

    #[inline]
    fn snapshot(&self) {}

    #[inline]
    fn current<'a>(&'a self, _snapshot: &'a ()) -> &'a Self {
        self
    }

    const FIXED: bool = true;
}

/// Makes a source of a configuration type of the user's that stays as it is.
///
/// # Examples
///
/// ```
/// # use evermemo_core::{
/// #     ArgumentsKeyExtractor, CacheConfiguration, LocalInMemoryCacheStorage, NoEvictionStrategy,
/// #     NoPostprocessing, ProvidedLifeSpanCacheEntryBuilder,
/// # };
/// # use std::time::Duration;
/// # /// The components of all that answers with pages.
/// # #[derive(Default)]
/// # struct Pages {
/// #     storage: LocalInMemoryCacheStorage<String, String>,
/// #     lives: ProvidedLifeSpanCacheEntryBuilder,
/// # }
/// #
/// # impl CacheConfiguration<String, String> for Pages {
/// #     type Key = String;
/// #     type Storage = LocalInMemoryCacheStorage<String, String>;
/// #     type KeyExtractor = ArgumentsKeyExtractor;
/// #     type EntryBuilder = ProvidedLifeSpanCacheEntryBuilder;
/// #     type EvictionStrategy = NoEvictionStrategy;
/// #     type Postprocessing = NoPostprocessing;
/// #
/// #     fn method_timeout(&self) -> Option<Duration> {
/// #         Some(Duration::from_secs(5))
/// #     }
/// #     fn storage(&self) -> &Self::Storage {
/// #         &self.storage
/// #     }
/// #     fn key_extractor(&self) -> &ArgumentsKeyExtractor {
/// #         &ArgumentsKeyExtractor
/// #     }
/// #     fn entry_builder(&self) -> &ProvidedLifeSpanCacheEntryBuilder {
/// #         &self.lives
/// #     }
/// #     fn eviction_strategy(&self) -> &NoEvictionStrategy {
/// #         &NoEvictionStrategy
/// #     }
/// #     fn postprocessing(&self) -> &NoPostprocessing {
/// #         &NoPostprocessing
/// #     }
/// # }
/// use evermemo_core::{Builder, Fixed};
///
/// # evermemo_core::testing::run(async |runtime| {
/// // `Pages` is a `CacheConfiguration<String, String>`.
/// let pages = Builder::on(runtime)
///     .configuration(Fixed(Pages::default()))
///     .wrap(|path: String| async move { format!("the page {path}") });
/// assert_eq!(pages.call_ref("/about").await.unwrap(), "the page /about");
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "it is what it wraps")]
pub struct Fixed<C>(pub C);

impl<A, V, C: CacheConfiguration<A, V>> ConfigurationSource<A, V> for Fixed<C> {
    type Current = C;
    type Snapshot = ();

    #[inline]
    fn snapshot(&self) {}

    #[inline]
    fn current<'a>(&'a self, _snapshot: &'a ()) -> &'a C {
        &self.0
    }
}
