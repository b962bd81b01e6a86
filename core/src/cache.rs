//! A cache whose calls bring their own load.

use core::{fmt, future::Future};

use crate::{
    cached::Cached,
    call::{self, Asked, Borrowed, Form, Formed, Full, Outcome, Owned, Value},
    configuration::{ConfigurationSource, DefaultInMemoryCacheConfiguration},
    engine::{Engine, Settings},
    entry::CacheEntry,
    error::Error,
    key::Lookup,
    load::{Local, Method, Sendable, fallible},
    parts::{Key, Of, Parts, SendParts},
    resilience::Hooked,
    runtime::{Runtime, SingleThreaded},
    stats::Stats,
    statuses::{InMemoryLocks, UpdateStatuses},
    storage::{BoundedStorage, CountStorage},
    sync::Arc,
};

/// Answers by arguments `A` with values `V`, and loads what it does not have with the function that
/// the call brings.
///
/// A cheap handle: clones share the cache. A [`Memo`](crate::Memo) is a cache together with the
/// one function that loads. `E` is the error of the loads, `R` the runtime, `C` the
/// [`ConfigurationSource`] and `U` the [`UpdateStatuses`].
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
pub struct Cache<
    A,
    V,
    E,
    R,
    C = DefaultInMemoryCacheConfiguration<A, V>,
    U = InMemoryLocks<Key<A, V, C>, V, E>,
> where
    Of<A, V, E, R, C, U>: Parts,
{
    engine: Arc<Engine<Of<A, V, E, R, C, U>>>,
}

impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    pub(crate) fn new(
        runtime: R,
        source: C,
        statuses: U,
        settings: Settings,
        hooks: Hooked<Key<A, V, C>, V, E>,
    ) -> Self {
        Self { engine: Engine::new(runtime, source, statuses, settings, hooks) }
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
    pub fn get_with<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.call::<_, _, Value>(Owned(arguments), Sendable::new(fallible(load)))
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
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        Q: Lookup<A>,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.call::<_, _, Value>(Borrowed(arguments), Sendable::new(fallible(load)))
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
    ) -> impl Future<Output = Result<Outcome<V>, Error<E>>>
    where
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.call::<_, _, Full>(Owned(arguments), Sendable::new(fallible(load)))
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
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.force::<_, _, Value>(Owned(arguments), Sendable::new(fallible(load)))
    }

    /// Answers like [`get_with`](Self::get_with), on a single-threaded runtime, where nothing has to
    /// be `Send`.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn get_with_local<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        self.call::<_, _, Value>(Owned(arguments), Local::new(fallible(load)))
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
    pub fn load_with<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        self.call::<_, _, Value>(Owned(arguments), Sendable::with_previous(load))
    }

    /// Answers like [`load_with`](Self::load_with), on a single-threaded runtime, where nothing has
    /// to be `Send`.
    ///
    /// # Errors
    ///
    /// As [`get_with`](Self::get_with).
    pub fn load_with_local<F, Fut>(
        &self,
        arguments: A,
        load: F,
    ) -> impl Future<Output = Result<V, Error<E>>>
    where
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        self.call::<_, _, Value>(Owned(arguments), Local::with_previous(load))
    }

    pub(crate) fn call<Q, L, W>(
        &self,
        asked: Q,
        method: L,
    ) -> impl Future<Output = Formed<Of<A, V, E, R, C, U>, W>>
    where
        Q: Asked<Of<A, V, E, R, C, U>>,
        L: Method<Of<A, V, E, R, C, U>>,
        W: Form<V>,
    {
        call::call::<_, _, _, W>(&self.engine, asked, method)
    }

    pub(crate) fn force<Q, L, W>(
        &self,
        asked: Q,
        method: L,
    ) -> impl Future<Output = Formed<Of<A, V, E, R, C, U>, W>>
    where
        Q: Asked<Of<A, V, E, R, C, U>>,
        L: Method<Of<A, V, E, R, C, U>>,
        W: Form<V>,
    {
        call::force::<_, _, _, W>(&self.engine, asked, method)
    }

    pub(crate) const fn engine(&self) -> &Arc<Engine<Of<A, V, E, R, C, U>>> {
        &self.engine
    }

    /// Returns what the cache has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.engine.stats()
    }

    /// Returns the number of entries stored, expired ones included.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "nobody asks a cache whether it is empty")]
    pub fn len(&self) -> usize
    where
        <Of<A, V, E, R, C, U> as Parts>::Storage: CountStorage,
    {
        let snapshot = self.engine.source.snapshot();
        crate::configuration::CacheConfiguration::storage(self.engine.source.current(&snapshot))
            .len()
    }

    /// Sets how much is kept at most, in entries, or in weight if the storage weighs them. What is
    /// too much has left when this returns.
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
    pub fn set_capacity(&self, capacity: usize)
    where
        <Of<A, V, E, R, C, U> as Parts>::Storage: BoundedStorage,
    {
        let snapshot = self.engine.source.snapshot();
        crate::configuration::CacheConfiguration::storage(self.engine.source.current(&snapshot))
            .set_capacity(capacity);
    }

    /// Returns the number of loads in progress, those in the background included.
    ///
    /// A registry of one's own keeps its own count.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.engine.flights.len()
    }

    /// Returns the configuration, as it was given to the builder.
    #[must_use]
    pub fn configuration(&self) -> &C {
        &self.engine.source
    }

    /// Returns the runtime.
    #[must_use]
    pub fn runtime(&self) -> &R {
        &self.engine.runtime
    }
}

impl<A, V, E, R, C, U> Clone for Cache<A, V, E, R, C, U>
where
    Of<A, V, E, R, C, U>: Parts,
{
    fn clone(&self) -> Self {
        Self { engine: self.engine.clone() }
    }
}

impl<A, V, E, R, C, U> fmt::Debug for Cache<A, V, E, R, C, U>
where
    Of<A, V, E, R, C, U>: Parts,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("method", &self.engine.settings.method)
            .field("stats", &self.engine.stats())
            .field("in_flight", &self.engine.flights.len())
            .finish_non_exhaustive()
    }
}
