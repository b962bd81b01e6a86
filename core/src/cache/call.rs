//! The future of a call.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    inner::Inner,
    loader::Loading,
    progress::Progress,
    query::{AskedBy, Query},
    tuned::{Tunable, Tuned},
    with_outcome::{PollAs, WithOutcome},
};
use crate::{
    error::Error,
    form::{Form, Options, Value},
    runtime::Runtime,
};

pin_project! {
    /// A call of a cache, which looks at its first poll and goes on if that does not answer it.
    ///
    /// All functions that call a cache return it: [`Memo::call`](crate::Memo::call),
    /// [`Cache::get_with`](crate::Cache::get_with) and those beside them. Awaited, it yields the
    /// value. Before that, options can be set for this one call: [`force`](Self::force) loads
    /// whatever is stored, and [`outcome`](Self::outcome) yields where the value came from. A call
    /// that has been polled is pinned, so nothing can be set any more.
    ///
    /// The state of a wait is boxed. If the call is dropped, its load goes on for the other
    /// callers, or on the runtime if there are none (see [`Abandon`](crate::Abandon)).
    ///
    /// # Panics
    ///
    /// Polled after it has answered.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.call(12).await?, 144);
    /// assert_eq!(squares.call(12).outcome().await?.source, Source::Hit);
    /// assert_eq!(squares.call(12).force().outcome().await?.source, Source::Loaded);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// [`memo::Call`](crate::memo::Call) is short for the type of a memo's calls, for fields.
    #[must_use = "a call does nothing unless it is awaited"]
    #[project(!Unpin)]
    pub struct Call<'a, A, V, E, R, Q, L>
    where
        R: Runtime,
        Q: AskedBy<A>,
    {
        cache: &'a Inner<A, V, E, R>,
        progress: Progress<A, R, Q, L>,
    }
}

impl<'a, A, V, E, R: Runtime, Q: AskedBy<A>, L> Call<'a, A, V, E, R, Q, L> {
    pub(super) const fn new(
        cache: &'a Inner<A, V, E, R>,
        by: Q::By,
        load: L,
        loading: Loading<L, A, R::Threading>,
    ) -> Self {
        Self { cache, progress: Progress::new(by, load, loading) }
    }

    /// Loads whatever is stored; the load starts after the call's first poll.
    ///
    /// It supersedes a load of the key in progress, except another forced one: calls that come
    /// while a forced load runs share the next. If it fails, the stored entry stays. It is dropped
    /// like the call.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let rates: Cache<&str, u32, Infallible, _> = Builder::on(runtime).build();
    /// assert_eq!(rates.get_with("EUR", |_| async { Ok(108) }).await?, 108);
    /// assert_eq!(rates.get_with("EUR", |_| async { Ok(109) }).await?, 108);
    /// assert_eq!(rates.get_with("EUR", |_| async { Ok(110) }).force().await?, 110);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn force(self) -> Tuned<Self> {
        Tuned::new(self).force()
    }

    /// Yields where the value came from and how old it is, besides the value.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// let squared = squares.call(12).outcome().await?;
    /// assert_eq!((squared.value, squared.source), (144, Source::Loaded));
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn outcome(self) -> WithOutcome<Self> {
        WithOutcome::new(self)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> Future for Call<'_, A, V, E, R, Q, L> {
    type Output = Result<V, Error<E>>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_as::<Value>(cx)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> PollAs for Call<'_, A, V, E, R, Q, L> {
    type Value = V;
    type Error = Error<E>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_as<W: Form<V>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        self.poll_tuned::<W>(Options::NONE, cx)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> Tunable for Call<'_, A, V, E, R, Q, L> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_tuned<W: Form<V>>(
        self: Pin<&mut Self>,
        options: Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        let this = self.project();
        this.progress.poll_as::<W, V, E>(this.cache, options, cx)
    }
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>, L> fmt::Debug for Call<'_, A, V, E, R, Q, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
