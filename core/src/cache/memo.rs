//! A memoized function as a value.

use core::{
    fmt,
    future::{Future, poll_fn},
    hash::Hash,
};

use super::{
    call::Call,
    handle::Cache,
    loader::{Lazy, Loading, Previous, typed},
    query::{ByReference, Extracted, InHand},
    tuned::Tuned,
    with_outcome::WithOutcome,
    yielded::Yield,
};
use crate::{
    cached::Cached,
    entry::CacheEntry,
    error::{Raised, Way},
    key::Lookup,
    runtime::{Called, CalledIn, Runtime, SingleThreaded, Threading},
    stats::Stats,
    sync::Arc,
};

use alloc::boxed::Box;

/// A memoized function: a [`Cache`] and the one function that loads.
///
/// A cheap handle whose type can be named in a field; clones share the cache. A
/// [`Builder`](crate::Builder) makes it.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Memo, Runtime};
/// use std::convert::Infallible;
///
/// struct Squares<R: Runtime> {
///     squares: Memo<u64, u64, Infallible, R>,
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let shape = Squares { squares: Builder::on(runtime).wrap(|n: u64| async move { n * n }) };
/// assert_eq!(shape.squares.call(12).await.unwrap(), 144);
/// # });
/// ```
pub struct Memo<A, V, E, R: Runtime> {
    cache: Cache<A, V, E, R>,
    function: Arc<MemoFunction<A, R::Threading>>,
    /// The function takes the entry that it replaces.
    wants_previous: bool,
}

/// The function of a memo, as an object.
pub(crate) type MemoFunction<A, M> = <M as Threading>::Function<(A, Previous<M>), CalledIn<M>>;

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Makes a memo of a function whose futures may move between threads.
    pub(crate) fn sent<Y, F, Fut>(
        cache: Cache<A, V, E, R>,
        function: F,
        wants_previous: bool,
        way: Way<E>,
    ) -> Self
    where
        A: Send + 'static,
        V: Clone + Send + 'static,
        E: 'static,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + Send + Sync + 'static,
        Fut: Future + Send + 'static,
        Y: Yield<Fut::Output, V, E> + 'static,
    {
        let function = Arc::new(function);
        let function = move |(arguments, previous)| {
            let function = function.clone();
            let call = move |(arguments, previous)| function(arguments, previous);
            let input = (arguments, typed::<R::Threading, V>(previous));
            R::Threading::sent(Box::pin(Lazy::<_, _, Fut, Y, V, E>::new(call, input, way)))
        };
        Self { cache, function: R::Threading::function(function), wants_previous }
    }

    /// Makes a memo of a function that stays on its thread.
    pub(crate) fn kept<Y, F, Fut>(
        cache: Cache<A, V, E, R>,
        function: F,
        wants_previous: bool,
        way: Way<E>,
    ) -> Self
    where
        A: 'static,
        V: Clone + 'static,
        E: 'static,
        R: Runtime<Threading = SingleThreaded>,
        F: Fn(A, Option<CacheEntry<V>>) -> Fut + 'static,
        Fut: Future + 'static,
        Y: Yield<Fut::Output, V, E> + 'static,
    {
        let function = Arc::new(function);
        let function = move |(arguments, previous)| -> CalledIn<SingleThreaded> {
            let function = function.clone();
            let call = move |(arguments, previous)| function(arguments, previous);
            let input = (arguments, typed::<SingleThreaded, V>(previous));
            Box::pin(Lazy::<_, _, Fut, Y, V, E>::new(call, input, way))
        };
        Self { cache, function: Arc::new(function), wants_previous }
    }

    /// Answers from the cache, or with the function's result.
    ///
    /// One run of the function serves all callers of its key while it runs. A stale answer is
    /// returned at once, and the function runs in the background. If the call is dropped, its load
    /// goes on for the other callers, or on the runtime if there are none (see
    /// [`Abandon`](crate::Abandon)).
    ///
    /// # Errors
    ///
    /// Fails if the function does, and with the other cases of [`Failure`](crate::Failure).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.call(12).await?, 144);
    /// // The options of a call are set before it is awaited.
    /// assert_eq!(squares.call(12).outcome().await?.source, Source::Hit);
    /// assert_eq!(squares.call(12).force().await?, 144);
    /// assert_eq!(squares.stats().loads, 2);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn call(&self, arguments: A) -> Call<'_, A, V, E, R, InHand, &Self>
    where
        A: Hash + Eq + Clone,
    {
        Call::new(self.cache.inner(), arguments, self, Self::loading())
    }

    /// Answers like [`call`](Self::call), by borrowed arguments that are owned on a miss only: a
    /// reference, or a tuple of references. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let greetings = Builder::on(runtime).wrap(|(word, name): (String, String)| async move {
    ///     format!("{word} {name}")
    /// });
    /// assert_eq!(greetings.call_ref(("hello", "Ann")).await?, "hello Ann");
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn call_ref<Q: Lookup<A>>(
        &self,
        arguments: Q,
    ) -> Call<'_, A, V, E, R, ByReference<Q>, &Self> {
        Call::new(self.cache.inner(), arguments, self, Self::loading())
    }

    /// Answers like [`call`](Self::call), by arguments that are no key themselves: a [key
    /// extractor](crate::Builder::key_extractor) makes the key. Dropped, as there.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, MethodName};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let rounded = Builder::on(runtime)
    ///     .key_extractor(|_: MethodName, number: &f64| *number as i64)
    ///     .wrap(|number: f64| async move { number.floor() });
    /// assert_eq!(rounded.call_args(7.2).await?, 7.0);
    /// assert_eq!(rounded.call_args(7.9).outcome().await?.value, 7.0);
    /// assert_eq!(rounded.stats().loads, 1);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn call_args(&self, arguments: A) -> Call<'_, A, V, E, R, Extracted, &Self> {
        Call::new(self.cache.inner(), arguments, self, Self::loading())
    }

    /// Answers like [`call`](Self::call), and yields where the value came from and how old it is:
    /// short for `call(arguments).outcome()`. Dropped, as [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.outcome(12).await?.source, Source::Loaded);
    /// assert_eq!(squares.outcome(12).await?.source, Source::Hit);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn outcome(&self, arguments: A) -> WithOutcome<Call<'_, A, V, E, R, InHand, &Self>>
    where
        A: Hash + Eq + Clone,
    {
        self.call(arguments).outcome()
    }

    /// Runs the function whatever is stored, and stores its value: short for
    /// [`call(arguments).force()`](crate::Call::force). Dropped, as [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await?;
    /// assert_eq!(squares.force_refresh(12).await?, 144);
    /// assert_eq!(squares.stats().loads, 2);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn force_refresh(&self, arguments: A) -> Tuned<Call<'_, A, V, E, R, InHand, &Self>>
    where
        A: Hash + Eq + Clone,
    {
        self.call(arguments).force()
    }

    #[inline]
    const fn loading<'a>() -> Loading<&'a Self, A, R::Threading> {
        let make = |memo: &'a Self, arguments, previous| (memo.function)((arguments, previous));
        Loading { make, wants_previous: |memo| memo.wants_previous }
    }

    /// Runs the function and leaves the cache alone. If this future is dropped, so is the
    /// function's.
    ///
    /// # Errors
    ///
    /// Returns the function's own error.
    pub async fn uncached(&self, arguments: A) -> Result<V, E>
    where
        V: 'static,
        E: 'static,
    {
        let mut called = (self.function)((arguments, None));
        let mut yielded: Option<Result<Cached<V>, Raised<E>>> = None;
        poll_fn(|cx| called.as_mut().poll_into(cx, &mut yielded)).await;
        match yielded {
            Some(result) => result.map(Cached::into_value).map_err(|Raised { error, .. }| error),
            None => unreachable!("a load that has ended has yielded something"),
        }
    }

    /// Returns the cache, which can be called with other loads too.
    #[must_use]
    pub const fn cache(&self) -> &Cache<A, V, E, R> {
        &self.cache
    }

    /// Returns the counts of the cache so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.cache.stats()
    }

    /// Returns the number of entries stored, expired ones included; see [`Cache::len`].
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no caller asks a cache whether it is empty")]
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Returns the number of loads in progress; see [`Cache::in_flight`].
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.cache.in_flight()
    }
}

impl<A, V, E, R: Runtime> Clone for Memo<A, V, E, R> {
    fn clone(&self) -> Self {
        Self {
            cache: self.cache.clone(),
            function: self.function.clone(),
            wants_previous: self.wants_previous,
        }
    }
}

impl<A, V, E, R: Runtime> fmt::Debug for Memo<A, V, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("cache", &self.cache).finish_non_exhaustive()
    }
}
