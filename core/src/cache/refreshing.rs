//! Loads that are started in the background by request.

use core::{future::Future, hash::Hash};

use super::{
    call::Call, failing::Failing, handle::Cache, memo::Memo, owned::OwnedCall, query::Query,
};
use crate::{
    error::{Cause, Error},
    hidden,
    outcome::Refresh,
    runtime::{Runtime, SingleThreaded},
};

/// A call that can start its load in the background instead.
#[doc(hidden)]
pub trait Refreshes {
    type Error;

    /// Starts the load, and waits for nothing.
    fn refresh(self) -> Result<Refresh, Self::Error>;
}

impl<A, V, E: 'static, R: Runtime, Q: Query<A>, L> Refreshes for Call<'_, A, V, E, R, Q, L> {
    type Error = Error<E>;

    fn refresh(self) -> Result<Refresh, Error<E>> {
        let (cache, progress) = self.into_parts();
        progress.refresh(cache).map_err(|error| hidden::error(&error))
    }
}

impl<A, V, E: 'static, R: Runtime, Q: Query<A>, L> Refreshes for OwnedCall<A, V, E, R, Q, L> {
    type Error = Error<E>;

    fn refresh(self) -> Result<Refresh, Error<E>> {
        let (cache, progress) = self.into_parts();
        progress.refresh(cache.inner()).map_err(|error| hidden::error(&error))
    }
}

impl<C: Refreshes, X: From<C::Error>> Refreshes for Failing<C, X> {
    type Error = X;

    fn refresh(self) -> Result<Refresh, X> {
        self.into_call().refresh().map_err(X::from)
    }
}

impl<A, V, E: 'static, R: Runtime, Q: Query<A>, L> Call<'_, A, V, E, R, Q, L> {
    /// Starts the load in the background, whatever is stored, and returns at once; a load of the
    /// key that is under way is left to run.
    ///
    /// It is the load that a stale hit starts, and is counted as one, in
    /// [`refreshes`](crate::Stats::refreshes): the stored entry answers until the new one is
    /// stored, and stays if the load fails. It begins in a [back-off](crate::Backoff) too, as the
    /// caller knows what it asks for. The load is handed the entry that it replaces if the storage
    /// need not wait.
    ///
    /// # Errors
    ///
    /// Fails where nothing can be started: without a configuration, once the cache is closed, or
    /// outside any runtime, if no load of the key is under way. That is counted nowhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Refresh};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let time = runtime.clone();
    /// let lengths = Builder::on(runtime).wrap(|text: String| async move { text.len() });
    /// assert_eq!(lengths.call_ref("seven").refresh()?, Refresh::Started);
    /// # time.settle().await;
    /// // A moment later:
    /// assert_eq!(lengths.len(), 1);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh(self) -> Result<Refresh, Error<E>> {
        Refreshes::refresh(self)
    }
}

impl<A, V, E: 'static, R: Runtime, Q: Query<A>, L> OwnedCall<A, V, E, R, Q, L> {
    /// Starts the load in the background, whatever is stored, and returns at once; see
    /// [`Call::refresh`].
    ///
    /// # Errors
    ///
    /// As [`Call::refresh`].
    pub fn refresh(self) -> Result<Refresh, Error<E>> {
        Refreshes::refresh(self)
    }
}

impl<C: Refreshes, X: From<C::Error>> Failing<C, X> {
    /// Starts the load in the background, whatever is stored, and returns at once; see
    /// [`Call::refresh`].
    ///
    /// # Errors
    ///
    /// As [`Call::refresh`].
    pub fn refresh(self) -> Result<Refresh, X> {
        Refreshes::refresh(self)
    }
}

impl<A, V, E: 'static, R: Runtime> Memo<A, V, E, R> {
    /// Runs the function in the background, whatever is stored, and returns at once: short for
    /// [`call_args(arguments).refresh()`](Call::refresh).
    ///
    /// # Errors
    ///
    /// As [`Call::refresh`].
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let time = runtime.clone();
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// squares.refresh(12)?;
    /// # time.settle().await;
    /// // A moment later:
    /// assert_eq!(squares.outcome(12).await?.source, Source::Hit);
    /// assert_eq!((squares.stats().refreshes, squares.stats().loads), (1, 0));
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh(&self, arguments: A) -> Result<Refresh, Error<E>> {
        self.call_args(arguments).refresh()
    }
}

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Runs `load` in the background, whatever is stored, and returns at once: short for
    /// [`get_with(arguments, load).refresh()`](Call::refresh).
    ///
    /// # Errors
    ///
    /// As [`Call::refresh`].
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, Refresh};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let time = runtime.clone();
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// assert_eq!(names.refresh_with(7, async |_| Ok("Ann"))?, Refresh::Started);
    /// # time.settle().await;
    /// // A moment later:
    /// assert_eq!(names.entry(&7).unwrap().value, "Ann");
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh_with<F, Fut, M>(&self, arguments: A, load: F) -> Result<Refresh, Error<E>>
    where
        A: Hash + Eq + Clone + Send + 'static,
        V: Send + Sync + 'static,
        E: Cause<M> + Send + Sync,
        F: FnOnce(A) -> Fut + Send + 'static,
        Fut: Future<Output = Result<V, E>> + Send + 'static,
    {
        self.get_with(arguments, load).refresh()
    }

    /// Runs `load` in the background as [`refresh_with`](Self::refresh_with) does, on a
    /// single-threaded runtime, where nothing has to be `Send`.
    ///
    /// # Errors
    ///
    /// As [`Call::refresh`].
    pub fn refresh_with_local<F, Fut, M>(&self, arguments: A, load: F) -> Result<Refresh, Error<E>>
    where
        A: Hash + Eq + Clone + 'static,
        V: 'static,
        E: Cause<M>,
        R: Runtime<Threading = SingleThreaded>,
        F: FnOnce(A) -> Fut + 'static,
        Fut: Future<Output = Result<V, E>> + 'static,
    {
        self.get_with_local(arguments, load).refresh()
    }
}
