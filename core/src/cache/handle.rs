//! A cache whose calls bring their own load.

use core::{fmt, marker::PhantomData};

use super::inner::Inner;
use crate::{
    entry::CacheEntry,
    hidden::AnyValue,
    key::Asked,
    runtime::{AnyEngine, Front, Runtime, Threading},
    stats::Stats,
    storage::{Policy, Usage},
    sync::Arc,
};

/// Answers arguments `A` with values `V`, and loads missing ones by the function that the call
/// brings.
///
/// A cheap handle: clones share the cache. A [`Memo`](crate::Memo) is a cache together with the one
/// function that loads. `E` is the error of the loads, `R` the runtime. This is the type of a cache
/// of any storage, configuration, extractor or observer.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Cache};
/// use std::num::ParseIntError;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let numbers: Cache<String, usize, ParseIntError, _> = Builder::on(runtime).build();
/// let seven = numbers.get_with("7".into(), |text| async move { text.parse() }).await?;
/// assert_eq!(seven, 7);
/// // A hit: this load never runs.
/// let seven = numbers.get_ref_with("7", |_| async { Ok(8) }).await?;
/// assert_eq!((seven, numbers.stats().hits), (7, 1));
/// # Ok::<(), evermemo_core::Error<ParseIntError>>(())
/// # }).unwrap();
/// ```
pub struct Cache<A, V, E, R: Runtime> {
    /// These come first, so that the compiler says without a look into tables why a cache is not
    /// `Send`.
    keys: PhantomData<A>,
    values: PhantomData<V>,
    inner: Arc<Inner<A, V, E, R>>,
}

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    pub(crate) fn new(inner: Inner<A, V, E, R>) -> Self {
        Self { keys: PhantomData, values: PhantomData, inner: Arc::new(inner) }
    }

    pub(super) fn inner(&self) -> &Inner<A, V, E, R> {
        &self.inner
    }

    pub(super) fn engine(&self) -> &<R::Threading as Threading>::Engine {
        self.inner.front.engine()
    }

    /// Returns the entry of `arguments`, whatever its age; nothing is loaded, and nothing counted.
    ///
    /// `None` if there is none, or if the storage answers only after a wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert!(squares.cache().entry(&12).is_none());
    /// squares.call(12).await.unwrap();
    /// assert_eq!(squares.cache().entry(&12).unwrap().value, 144);
    /// # });
    /// ```
    #[must_use]
    pub fn entry(&self, arguments: &A) -> Option<CacheEntry<V>>
    where
        V: Clone + 'static,
    {
        let (configuration, key) = self.inner.front.keyed(Asked::Whole(arguments));
        let mut usage = Usage::default();
        let entry = self.engine().peek(&configuration, &key, false, &mut usage)?;
        Some(entry.map(AnyValue::into_value))
    }

    /// Returns the counts of the cache so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.engine().stats()
    }

    /// Returns the number of entries stored, expired ones included; 0 if the storage can neither
    /// count nor list them.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no caller asks a cache whether it is empty")]
    pub fn len(&self) -> usize {
        self.engine().bounds(None).len.unwrap_or_default()
    }

    /// Returns the weight of all entries together: their number, unless there is a
    /// [weigher](crate::Builder::weigher).
    #[must_use]
    pub fn weight(&self) -> usize {
        let bounds = self.engine().bounds(None);
        bounds.weight.or(bounds.len).unwrap_or_default()
    }

    /// Returns the largest number of entries that is kept, or the largest weight if there is a
    /// [weigher](crate::Builder::weigher); [`usize::MAX`] if the storage has no bound of its own.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.engine().bounds(None).capacity.unwrap_or(usize::MAX)
    }

    /// Returns which entry leaves first; `None` if the storage is not the one in memory.
    #[must_use]
    pub fn policy(&self) -> Option<Policy> {
        self.engine().bounds(None).policy
    }

    /// Sets the largest number of entries that is kept, or the largest weight if the storage weighs
    /// them. Entries above it have left when this returns.
    ///
    /// Returns whether the storage has a capacity that can be set; see
    /// [`CacheStorage::as_bounded`](crate::CacheStorage::as_bounded).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// for n in 0..10 {
    ///     squares.call(n).await.unwrap();
    /// }
    /// squares.cache().set_capacity(3);
    /// assert_eq!(squares.len(), 3);
    /// # });
    /// ```
    pub fn set_capacity(&self, capacity: usize) -> bool {
        self.engine().bounds(Some(capacity)).capacity.is_some()
    }

    /// Returns the number of loads in progress, those in the background included.
    ///
    /// Loads that wait for another holder of their key in a registry of the user's are included;
    /// the registry keeps its own count besides.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.engine().in_flight()
    }

    /// Returns the runtime.
    #[must_use]
    pub fn runtime(&self) -> &R {
        &self.inner.runtime
    }
}

impl<A, V, E, R: Runtime> Clone for Cache<A, V, E, R> {
    fn clone(&self) -> Self {
        Self { keys: PhantomData, values: PhantomData, inner: self.inner.clone() }
    }
}

impl<A, V, E, R: Runtime> fmt::Debug for Cache<A, V, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("method", &self.inner.method)
            .field("len", &self.len())
            .field("weight", &self.weight())
            .field("capacity", &self.capacity())
            .field("stats", &self.stats())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
