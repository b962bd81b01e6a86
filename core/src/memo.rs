//! A memoized function as a value.

use core::{fmt, future::Future};

use crate::{
    cache::Cache,
    cached::Cached,
    call::{Borrowed, Full, Outcome, Owned, Value},
    configuration::{ConfigurationSource, DefaultInMemoryCacheConfiguration},
    entry::CacheEntry,
    error::Error,
    flight::Load,
    invalidation::{InvalidationSupport, LocalInvalidationSupport},
    key::Lookup,
    load::{Called, Launchpad, Local, Method, Resume, Sendable, resumed, resumed_here},
    parts::{Key, Of, Parts, SendParts},
    runtime::{MultiThreaded, Runtime, SingleThreaded, ThreadingModel},
    stats::Stats,
    statuses::{InMemoryLocks, UpdateStatuses},
    storage::CountStorage,
    sync::Arc,
};

use alloc::{boxed::Box, rc::Rc};

/// A memoized function: a [`Cache`] and the one function that loads.
///
/// A cheap handle with a name for its type, to be kept in a field; clones share the cache. A
/// [`Builder`](crate::Builder) makes it.
pub struct Memo<
    A,
    V,
    E,
    R,
    C = DefaultInMemoryCacheConfiguration<A, V>,
    U = InMemoryLocks<Key<A, V, C>, V, E>,
> where
    Of<A, V, E, R, C, U>: Parts<Runtime = R>,
    R: Runtime,
{
    cache: Cache<A, V, E, R, C, U>,
    launch: Function<R, (Launchpad<Of<A, V, E, R, C, U>>, A), Load<Of<A, V, E, R, C, U>>>,
    method: Function<R, (A, Option<CacheEntry<V>>), Loaded<R, V, E>>,
    resume: Resume<Of<A, V, E, R, C, U>>,
    /// The function wants to have what it is to replace.
    wants_previous: bool,
}

type Function<R, I, O> = <<R as Runtime>::Threading as ThreadingModel<R>>::Function<I, O>;
type Loaded<R, V, E> =
    <<R as Runtime>::Threading as ThreadingModel<R>>::Boxed<Result<Cached<V>, E>>;

impl<A, V, E, R, C, U> Memo<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    pub(crate) fn new<F, Fut>(
        cache: Cache<A, V, E, R, C, U>,
        method: F,
        wants_previous: bool,
    ) -> Self
    where
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + Send + 'static,
        Of<A, V, E, R, C, U>: SendParts<Runtime = R, Arguments = A, Value = V, Error = E>,
    {
        let method = Arc::new(method);
        let loading = method.clone();
        let launch = move |(pad, arguments)| {
            let method = loading.clone();
            Sendable::new(move |arguments, previous| method(arguments, previous))
                .launch(pad, arguments)
        };
        let method = move |(arguments, previous)| R::Threading::boxed(method(arguments, previous));
        Self {
            cache,
            launch: R::Threading::function(launch),
            method: R::Threading::function(method),
            resume: resumed::<Of<A, V, E, R, C, U>>(),
            wants_previous,
        }
    }

    /// Answers from the cache, or with what the function brings.
    ///
    /// One run of the function serves all who ask for a key while it runs. A stale answer is
    /// returned at once, and the function runs in the background. Dropped, the call leaves its load
    /// to the other callers, or to the runtime if there is none (see [`Abandon`](crate::Abandon)).
    ///
    /// # Errors
    ///
    /// Fails if the function does, and with whatever else [`Failure`](crate::Failure) names.
    pub fn call(&self, arguments: A) -> impl Future<Output = Result<V, Error<E>>> {
        self.cache.call::<_, _, Value>(Owned(arguments), Own(self))
    }

    /// Answers like [`call`](Self::call), by borrowed arguments that are owned on a miss only: a
    /// reference, or a tuple of references.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_ref<Q: Lookup<A>>(
        &self,
        arguments: Q,
    ) -> impl Future<Output = Result<V, Error<E>>> {
        self.cache.call::<_, _, Value>(Borrowed(arguments), Own(self))
    }

    /// Answers like [`call`](Self::call), and says where the value came from and how old it is.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn outcome(&self, arguments: A) -> impl Future<Output = Result<Outcome<V>, Error<E>>> {
        self.cache.call::<_, _, Full>(Owned(arguments), Own(self))
    }

    /// Runs the function whatever is stored, and stores what it brings; the run starts after this
    /// call.
    ///
    /// It supersedes a load of the key in progress, except another forced one: calls that come while
    /// that runs share the next. If it fails, what is stored stays. Dropped, as [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn force_refresh(&self, arguments: A) -> impl Future<Output = Result<V, Error<E>>> {
        self.cache.force::<_, _, Value>(Owned(arguments), Own(self))
    }

    /// Runs the function and leaves the cache alone. Dropped, it is dropped with the call.
    ///
    /// # Errors
    ///
    /// Returns the function's own error.
    pub fn uncached(&self, arguments: A) -> impl Future<Output = Result<V, E>> {
        let called = R::Threading::apply(&self.method, (arguments, None));
        async { called.await.map(Cached::into_value) }
    }

    /// Returns the cache, which can be called with other loads too.
    #[must_use]
    pub const fn cache(&self) -> &Cache<A, V, E, R, C, U> {
        &self.cache
    }

    /// Returns what the cache has done so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.cache.stats()
    }

    /// Returns the number of entries stored, expired ones included.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "nobody asks a cache whether it is empty")]
    pub fn len(&self) -> usize
    where
        <Of<A, V, E, R, C, U> as Parts>::Storage: CountStorage,
    {
        self.cache.len()
    }

    /// Returns the number of loads in progress; see [`Cache::in_flight`].
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.cache.in_flight()
    }

    /// Returns the configuration, as it was given to the builder.
    #[must_use]
    pub fn configuration(&self) -> &C {
        self.cache.configuration()
    }

    /// Removes the answer to `arguments`; see [`Cache::invalidate`].
    ///
    /// # Errors
    ///
    /// Returns the storage's error. Memory does not fail.
    pub fn invalidate(
        &self,
        arguments: &A,
    ) -> impl Future<Output = Result<(), <Of<A, V, E, R, C, U> as Parts>::StorageError>> {
        self.cache.invalidate(arguments)
    }

    /// Removes all answers; see [`Cache::clear`].
    ///
    /// # Errors
    ///
    /// Returns the storage's error. Memory does not fail.
    pub fn clear(
        &self,
    ) -> impl Future<Output = Result<(), <Of<A, V, E, R, C, U> as Parts>::StorageError>> {
        self.cache.clear()
    }

    /// Stores the answer to `arguments`; see [`Cache::insert`].
    ///
    /// # Errors
    ///
    /// Returns the storage's error. Memory does not fail.
    pub fn insert(
        &self,
        arguments: A,
        value: V,
    ) -> impl Future<Output = Result<(), <Of<A, V, E, R, C, U> as Parts>::StorageError>> {
        self.cache.insert(arguments, value)
    }
}

/// The function of a memo.
struct Own<'a, A, V, E, R, C, U>(&'a Memo<A, V, E, R, C, U>)
where
    Of<A, V, E, R, C, U>: Parts<Runtime = R>,
    R: Runtime;

impl<A, V, E, R, C, U> Method<Of<A, V, E, R, C, U>> for Own<'_, A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    fn wants_previous(&self) -> bool {
        self.0.wants_previous
    }

    fn start(self, arguments: A, previous: Option<CacheEntry<V>>) -> Called<Of<A, V, E, R, C, U>> {
        R::Threading::apply(&self.0.method, (arguments, previous))
    }

    fn launch(
        self,
        pad: Launchpad<Of<A, V, E, R, C, U>>,
        arguments: A,
    ) -> Load<Of<A, V, E, R, C, U>> {
        R::Threading::apply(&self.0.launch, (pad, arguments))
    }

    fn resume(&self) -> Resume<Of<A, V, E, R, C, U>> {
        self.0.resume
    }
}

impl<A, V, E, R, C, U> Memo<A, V, E, R, C, U>
where
    A: Sync + 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
    Of<A, V, E, R, C, U>: SendParts<
            Arguments = A,
            Value = V,
            Error = E,
            Runtime = R,
            Source = C,
            Statuses = U,
            Key = Key<A, V, C>,
            Snapshot = C::Snapshot,
        >,
{
    /// Makes a handle that can invalidate; see [`Cache::invalidation`].
    #[must_use]
    pub fn invalidation(&self) -> InvalidationSupport<A> {
        self.cache.invalidation()
    }
}

impl<A, V, E, R, C, U> Memo<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    /// Makes a handle that can invalidate; see [`Cache::local_invalidation`].
    #[must_use]
    pub fn local_invalidation(&self) -> LocalInvalidationSupport<A> {
        self.cache.local_invalidation()
    }

    pub(crate) fn local<F, Fut>(
        cache: Cache<A, V, E, R, C, U>,
        method: F,
        wants_previous: bool,
    ) -> Self
    where
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future<Output = Result<Cached<V>, E>> + 'static,
    {
        let method = Rc::new(method);
        let loading = method.clone();
        let launch = move |(pad, arguments)| {
            let method = loading.clone();
            Local::new(move |arguments, previous| method(arguments, previous))
                .launch(pad, arguments)
        };
        Self {
            cache,
            launch: Rc::new(launch),
            method: Rc::new(move |(arguments, previous)| Box::pin(method(arguments, previous))),
            resume: resumed_here::<Of<A, V, E, R, C, U>>(),
            wants_previous,
        }
    }
}

impl<A, V, E, R, C, U> Clone for Memo<A, V, E, R, C, U>
where
    Of<A, V, E, R, C, U>: Parts<Runtime = R>,
    R: Runtime,
{
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            launch: self.launch.clone(),
            method: self.method.clone(),
            resume: self.resume,
            wants_previous: self.wants_previous,
        }
    }
}

impl<A, V, E, R, C, U> fmt::Debug for Memo<A, V, E, R, C, U>
where
    Of<A, V, E, R, C, U>: Parts<Runtime = R>,
    R: Runtime,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("cache", &self.cache).finish_non_exhaustive()
    }
}
