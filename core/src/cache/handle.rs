//! A cache whose calls bring their own load.

use core::{fmt, future::Future, hash::Hash};

use super::{
    call::Call,
    inner::Inner,
    loader::Loading,
    query::{ByReference, Extracted, InHand},
};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    key::{Asked, Lookup},
    outcome::{Forced, WithOutcome},
    runtime::{AnyEngine, Front, Runtime, SingleThreaded, Threading},
    stats::Stats,
    storage::Policy,
    sync::Arc,
};

/// Answers by arguments `A` with values `V`, and loads what it does not have with the function that
/// the call brings.
///
/// A cheap handle: clones share the cache. A [`Memo`](crate::Memo) is a cache together with the
/// one function that loads. `E` is the error of the loads, `R` the runtime. Whatever storage,
/// configuration, extractor or observer a cache is made of, this is its type.
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
    inner: Arc<Inner<A, V, E, R>>,
}

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    pub(crate) fn new(inner: Inner<A, V, E, R>) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// Answers from the cache, or with what `load` makes of the arguments.
    ///
    /// One load runs for a key, however many callers ask; who comes while it runs waits for it. A
    /// stale answer is returned at once, and the load runs in the background. Dropped, the call
    /// leaves its load to the other callers, or to the runtime if there is none (see
    /// [`Abandon`](crate::Abandon)).
    ///
    /// # Errors
    ///
    /// Fails if the load does, and with whatever else [`Failure`](crate::Failure) names.
    pub fn get_with<F, Fut>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent::<V, E, Fut>())
    }

    /// Answers like [`get_with`](Self::get_with), by borrowed arguments that are owned on a miss only.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn get_ref_with<Q, F, Fut>(
        &self,
        arguments: Q,
        load: F,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, F>
    where
        A: Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        Q: Lookup<A>,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent::<V, E, Fut>())
    }

    /// Answers like [`get_with`](Self::get_with), by arguments that are no key themselves: a
    /// [key extractor](crate::Builder::key_extractor) makes one of them.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, MethodName};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let heights: Cache<(f64, f64), u32, Infallible, _> = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, place: &(f64, f64)| (place.0 as i64, place.1 as i64))
    ///     .build();
    /// assert_eq!(heights.get_args_with((47.1, 8.2), |_| async { Ok(408) }).await?, 408);
    /// assert_eq!(heights.get_args_with((47.3, 8.4), |_| async { Ok(0) }).await?, 408);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn get_args_with<F, Fut>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, Extracted, F>
    where
        A: Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent::<V, E, Fut>())
    }

    /// Answers like [`get_with`](Self::get_with), and says where the value came from.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn outcome_with<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, InHand, F, WithOutcome>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent::<V, E, Fut>())
    }

    /// Loads whatever is stored; the load starts after this call.
    ///
    /// It supersedes a load of the key in progress, except another forced one: calls that come while
    /// that runs share the next. If it fails, what is stored stays. Dropped, as
    /// [`get_with`](Self::get_with).
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn force_with<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> Call<'_, A, V, E, R, InHand, F, Forced>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent::<V, E, Fut>())
    }

    /// Answers like [`get_with`](Self::get_with), on a single-threaded runtime, where nothing has to
    /// be `Send`.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn get_with_local<F, Fut>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + 'static,
        V: 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::kept::<V, E, Fut>())
    }

    /// Answers like [`get_with`](Self::get_with) by a load that is handed what it is to replace, and
    /// has a say in how its value is kept.
    ///
    /// `previous` is the entry that is no longer fresh, if one is stored, be it stale or long expired: a
    /// backend that is asked whether it has changed and says no gives
    /// `Ok(Cached::new(previous.value))`. A load that was forced, or follows a removal, is handed none.
    /// Dropped, as [`get_with`](Self::get_with).
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, CacheEntry, Cached};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let counts: Cache<(), u32, Infallible, _> = Builder::on(runtime.clone())
    ///     .expire_after(Duration::from_secs(60))
    ///     .build();
    /// let next = |(), previous: Option<CacheEntry<u32>>| async move {
    ///     Ok(Cached::new(previous.map_or(0, |previous| previous.value + 1)))
    /// };
    /// assert_eq!(counts.load_with((), next).await?, 0);
    /// runtime.advance(Duration::from_secs(60)).await;
    /// assert_eq!(counts.load_with((), next).await?, 1);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn load_with<F, Fut>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Clone + Send + Sync + 'static,
        E: Send + Sync + 'static,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::sent_with_previous::<V, E, Fut>())
    }

    /// Answers like [`load_with`](Self::load_with), on a single-threaded runtime, where nothing has
    /// to be `Send`.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn load_with_local<F, Fut>(&self, arguments: A, load: F) -> Call<'_, A, V, E, R, InHand, F>
    where
        A: Hash + Eq + Clone + 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        Call::new(&self.inner, arguments, load, Loading::kept_with_previous::<V, E, Fut>())
    }

    pub(super) fn inner(&self) -> &Inner<A, V, E, R> {
        &self.inner
    }

    fn engine(&self) -> &<R::Threading as Threading>::Engine {
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
    pub fn entry(&self, arguments: &A) -> Option<CacheEntry<V>> {
        self.inner.front.entry(Asked::Whole(arguments))
    }

    /// Returns what the cache has done so far.
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

    /// Returns what all entries weigh together: their number, unless there is a
    /// [weigher](crate::Builder::weigher).
    #[must_use]
    pub fn weight(&self) -> usize {
        let bounds = self.engine().bounds(None);
        bounds.weight.or(bounds.len).unwrap_or_default()
    }

    /// Returns how much is kept at most, in entries, or in weight if there is a
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

    /// Sets how much is kept at most, in entries, or in weight if the storage weighs them. What is
    /// too much has left when this returns.
    ///
    /// Returns whether the storage has a capacity to be set; see
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
    /// Those are included that wait for another holder of their key in a registry of one's own,
    /// which keeps its own count beside.
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
        Self { inner: self.inner.clone() }
    }
}

impl<A, V, E, R: Runtime> fmt::Debug for Cache<A, V, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("method", &self.inner.method)
            .field("stats", &self.stats())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
