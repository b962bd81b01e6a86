//! The future of a call.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
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
    /// whatever is stored, [`max_age`](Self::max_age), [`fresh`](Self::fresh) and
    /// [`max_stale`](Self::max_stale) say which entries answer,
    /// [`soft_timeout`](Self::soft_timeout) bounds the wait, and [`outcome`](Self::outcome) yields
    /// where the value came from. None of them changes a load, what is stored, or another call. A
    /// call that has been polled is pinned, so nothing can be set any more.
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

    pub(super) fn into_parts(self) -> (&'a Inner<A, V, E, R>, Progress<A, R, Q, L>) {
        (self.cache, self.progress)
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

    /// Refuses an entry that is older than `max_age` for this call: it has expired for it, and
    /// answers neither if the load fails nor if it takes long.
    ///
    /// A load of the key in progress is joined, as what that yields is new. What is stored after
    /// the call began is no older than the call, even if its future is left unpolled meanwhile. The
    /// entry stays as it is, and other calls are answered with it. Zero takes what is loaded from
    /// now on; [`Duration::MAX`] takes an entry of any age.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |time| {
    /// let squares = Builder::on(time.clone()).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await?;
    /// time.advance(Duration::from_secs(20)).await;
    /// let minute = Duration::from_secs(60);
    /// assert_eq!(squares.call(12).max_age(minute).outcome().await?.source, Source::Hit);
    /// assert_eq!(squares.call(12).max_age(minute / 6).outcome().await?.source, Source::Loaded);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn max_age(self, max_age: Duration) -> Tuned<Self> {
        Tuned::new(self).max_age(max_age)
    }

    /// Refuses a stale entry for this call: it has expired for it, so the call waits for the load,
    /// or for the refresh if that is under way.
    ///
    /// Like an expired one, the entry answers after all if the load fails and it may
    /// [stand in](crate::Builder::stale_if_error), or if the call has a soft timeout and the load
    /// takes longer.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |time| {
    /// let minute = Duration::from_secs(60);
    /// let squares =
    ///     Builder::on(time.clone()).update_after(minute).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await?;
    /// time.advance(minute).await;
    /// assert_eq!(squares.call(12).fresh().outcome().await?.source, Source::Loaded);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn fresh(self) -> Tuned<Self> {
        Tuned::new(self).fresh()
    }

    /// Takes an entry that expired up to `max_stale` ago, at once, as
    /// [`Source::Stale`](crate::Source::Stale), and begins a refresh like a call that finds a stale
    /// entry.
    ///
    /// Entries are kept for so long only in the window of
    /// [`stale_if_error`](crate::Builder::stale_if_error): past its end, or without one, this has
    /// no effect. Zero has none either; [`Duration::MAX`] takes what is in the window. Beside
    /// [`fresh`](Self::fresh) it has no effect, and no entry is taken that is older than
    /// [`max_age`](Self::max_age).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |time| {
    /// let minute = Duration::from_secs(60);
    /// let squares = Builder::on(time.clone())
    ///     .expire_after(minute)
    ///     .stale_if_error(60 * minute)
    ///     .wrap(|n: u64| async move { n * n });
    /// squares.call(12).await?;
    /// time.advance(5 * minute).await;
    /// let squared = squares.call(12).max_stale(10 * minute).outcome().await?;
    /// assert_eq!((squared.value, squared.source), (144, Source::Stale));
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn max_stale(self, max_stale: Duration) -> Tuned<Self> {
        Tuned::new(self).max_stale(max_stale)
    }

    /// Bounds the wait of this call alone, in place of the cache's own
    /// [`soft_timeout`](crate::Builder::soft_timeout): after this time it takes an old entry that
    /// may answer it, and the load goes on.
    ///
    /// That is an expired entry which may [stand in](crate::Builder::stale_if_error), or with
    /// [`fresh`](Self::fresh) a stale one; a call that finds nothing waits for the load. Zero waits
    /// for no load that is not ready at once; [`Duration::MAX`] waits for any.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Runtime, Source};
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |time| {
    /// let clock = time.clone();
    /// let minute = Duration::from_secs(60);
    /// let squares = Builder::on(time.clone()).update_after(minute).wrap(move |n: u64| {
    ///     let load = clock.sleep(Duration::from_secs(1));
    ///     async move {
    ///         load.await;
    ///         n * n
    ///     }
    /// });
    /// squares.call(12).await?;
    /// time.advance(minute).await;
    /// let patience = Duration::from_millis(50);
    /// let squared = squares.call(12).fresh().soft_timeout(patience).outcome().await?;
    /// assert_eq!(squared.source, Source::Stale);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub const fn soft_timeout(self, timeout: Duration) -> Tuned<Self> {
        Tuned::new(self).soft_timeout(timeout)
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
        let this = self.project();
        this.progress.poll_as::<W, V, E>(this.cache, None, cx)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> Tunable for Call<'_, A, V, E, R, Q, L> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_tuned<W: Form<V>>(
        self: Pin<&mut Self>,
        options: &Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        let this = self.project();
        this.progress.poll_as::<W, V, E>(this.cache, Some(options), cx)
    }
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>, L> fmt::Debug for Call<'_, A, V, E, R, Q, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
