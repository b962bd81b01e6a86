//! The configuration of a cache.

mod erased;
mod fixed;
mod mutable;
mod object;
mod same;
mod shared;
mod source;

pub use self::{
    fixed::{DefaultInMemoryCacheConfiguration, Fixed, FixedCacheConfiguration},
    mutable::{Components, MutableCacheConfiguration},
    shared::SharedStorage,
};
#[doc(hidden)]
pub use self::{
    object::{
        AnyConfiguration, Behind, GlanceAt, Left, Prompt, Stage, StoredAs, TypedConfiguration,
    },
    source::{HeldSource, KeyIn, SendSource, SourceObject, SourceOf, Sources},
};
pub(crate) use self::{
    same::is,
    source::{Begun, Moment, kept},
};

use core::{hash::Hash, time::Duration};

use crate::{
    entry_builder::CacheEntryBuilder, eviction::EvictionStrategy, key::KeyExtractor,
    postprocessing::Postprocessing, storage::CacheStorage,
};

/// The components of one call.
///
/// Implement it to put components of other types behind one name; wrap that in [`Fixed`] to give it
/// to a builder.
///
/// # Examples
///
/// ```
/// use evermemo_core::{
///     ArgumentsKeyExtractor, Builder, CacheConfiguration, Fixed, LocalInMemoryCacheStorage,
///     NoEvictionStrategy, NoPostprocessing, ProvidedLifeSpanCacheEntryBuilder,
/// };
/// use std::time::Duration;
///
/// /// The components of all that answers with pages.
/// #[derive(Default)]
/// struct Pages {
///     storage: LocalInMemoryCacheStorage<String, String>,
///     lives: ProvidedLifeSpanCacheEntryBuilder,
/// }
///
/// impl CacheConfiguration<String, String> for Pages {
///     type Key = String;
///     type Storage = LocalInMemoryCacheStorage<String, String>;
///     type KeyExtractor = ArgumentsKeyExtractor;
///     type EntryBuilder = ProvidedLifeSpanCacheEntryBuilder;
///     type EvictionStrategy = NoEvictionStrategy;
///     type Postprocessing = NoPostprocessing;
///
///     fn method_timeout(&self) -> Option<Duration> {
///         Some(Duration::from_secs(5))
///     }
///     fn storage(&self) -> &Self::Storage {
///         &self.storage
///     }
///     fn key_extractor(&self) -> &ArgumentsKeyExtractor {
///         &ArgumentsKeyExtractor
///     }
///     fn entry_builder(&self) -> &ProvidedLifeSpanCacheEntryBuilder {
///         &self.lives
///     }
///     fn eviction_strategy(&self) -> &NoEvictionStrategy {
///         &NoEvictionStrategy
///     }
///     fn postprocessing(&self) -> &NoPostprocessing {
///         &NoPostprocessing
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let pages = Builder::on(runtime)
///     .configuration(Fixed(Pages::default()))
///     .wrap(|path: String| async move { format!("the page {path}") });
/// assert_eq!(pages.call_ref("/about").await.unwrap(), "the page /about");
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` configures no cache of arguments `{A}` and values `{V}`: implement \
               `CacheConfiguration<{A}, {V}>` for it",
    note = "a configuration that never changes becomes a source by `Fixed`"
)]
pub trait CacheConfiguration<A, V>: 'static {
    /// The key of a stored entry.
    type Key: Hash + Eq + Clone + 'static;
    /// Stores entries.
    type Storage: CacheStorage<Self::Key, V>;
    /// Makes keys.
    type KeyExtractor: KeyExtractor<A, Key = Self::Key>;
    /// Sets the times of entries.
    type EntryBuilder: CacheEntryBuilder<Self::Key, V>;
    /// Bounds the storage from outside.
    type EvictionStrategy: EvictionStrategy<Self::Key, V>;
    /// Changes each answer.
    type Postprocessing: Postprocessing<V>;

    /// Returns whether calls may be answered yet.
    fn configured(&self) -> bool {
        true
    }

    /// Returns how long a load may take; `None` sets no bound.
    fn method_timeout(&self) -> Option<Duration>;

    /// Returns the storage.
    fn storage(&self) -> &Self::Storage;

    /// Returns the key extractor.
    fn key_extractor(&self) -> &Self::KeyExtractor;

    /// Returns the entry builder.
    fn entry_builder(&self) -> &Self::EntryBuilder;

    /// Returns the eviction strategy.
    fn eviction_strategy(&self) -> &Self::EvictionStrategy;

    /// Returns the postprocessing.
    fn postprocessing(&self) -> &Self::Postprocessing;
}

/// The source of a cache's configuration, read once at the start of each call.
///
/// Changes during a call do not affect that call. A source whose snapshot has a size costs an
/// allocation in each call that is not answered from it.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, ConfigurationSource, DefaultInMemoryCacheConfiguration, Source};
/// use std::sync::{Arc, atomic::{AtomicUsize, Ordering::SeqCst}};
///
/// /// Two caches in one, of which calls use the one that is chosen.
/// struct Chosen {
///     of: [DefaultInMemoryCacheConfiguration<u64, u64>; 2],
///     chosen: Arc<AtomicUsize>,
/// }
///
/// impl ConfigurationSource<u64, u64> for Chosen {
///     type Current = DefaultInMemoryCacheConfiguration<u64, u64>;
///     type Snapshot = usize;
///
///     fn snapshot(&self) -> usize {
///         self.chosen.load(SeqCst)
///     }
///     fn current<'a>(&'a self, chosen: &'a usize) -> &'a Self::Current {
///         &self.of[*chosen]
///     }
///     fn is_current(&self, chosen: &usize) -> bool {
///         *chosen == self.snapshot()
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let chosen = Arc::new(AtomicUsize::new(0));
/// let squares = Builder::on(runtime)
///     .configuration(Chosen { of: Default::default(), chosen: chosen.clone() })
///     .wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.outcome(12).await?.source, Source::Loaded);
/// chosen.store(1, SeqCst);
/// assert_eq!(squares.outcome(12).await?.source, Source::Loaded);
/// chosen.store(0, SeqCst);
/// assert_eq!(squares.outcome(12).await?.source, Source::Hit);
/// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` brings no configuration of arguments `{A}` and values `{V}`: put one into \
               `Fixed` or `MutableCacheConfiguration`"
)]
pub trait ConfigurationSource<A, V>: 'static {
    /// The configuration.
    type Current: CacheConfiguration<A, V>;
    /// The data that a call keeps; `()` if nothing can change.
    type Snapshot: Clone + 'static;

    /// Notes the current configuration.
    fn snapshot(&self) -> Self::Snapshot;

    /// Returns the configuration that was noted.
    fn current<'a>(&'a self, snapshot: &'a Self::Snapshot) -> &'a Self::Current;

    /// Returns whether the storage in the snapshot is still the current one.
    ///
    /// A source that exchanges its storage implements this: an entry that a call finds in an older
    /// storage answers that call only, and no other callers, which may have come after an
    /// invalidation. After a clear that a storage could not do, the storage is treated as one with
    /// those that follow it, unless it belongs to a [`MutableCacheConfiguration`].
    fn is_current(&self, _snapshot: &Self::Snapshot) -> bool {
        true
    }

    /// Whether the storage never changes.
    #[doc(hidden)]
    const FIXED: bool = false;
}
