//! The future of a call that keeps a handle of its cache.

use core::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::{
    handle::Cache,
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
    /// A [`Call`](crate::Call) that keeps a handle of its cache, and so borrows none.
    ///
    /// A memoized function returns it if its cache is handed out to each call, or differs from
    /// thread to thread. It has the same setters, and is dropped like a call.
    ///
    /// # Panics
    ///
    /// Polled after it has answered.
    ///
    /// # Examples
    ///
    /// ```
    /// # // The attribute is in another crate, which has this one for a dependency.
    /// # use evermemo_core::{Builder, Cache, Cached, Own, Way, Yields, load};
    /// # use std::convert::Infallible;
    /// use evermemo_core::{OwnedCall, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let squares: Cache<u64, u64, Infallible, _> = Builder::on(runtime).build();
    /// # let square = |n| {
    /// #     squares.clone().ask_owned(Own(n)).load((), |(), n: u64| {
    /// #         load::<true, _, _, _>(async move { n * n }, const {
    /// #             &Yields::new(|n| Ok(Cached::new(n)), Way::known([None; 5]))
    /// #         })
    /// #     })
    /// # };
    /// // `square` is a function under `#[memoize(local)]`.
    /// let squared: OwnedCall<u64, u64, _, _, _, _> = square(12);
    /// assert_eq!(squared.await?, 144);
    /// assert_eq!(square(12).outcome().await?.source, Source::Hit);
    /// # Ok::<(), evermemo_core::Error<Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "a call does nothing unless it is awaited"]
    #[project(!Unpin)]
    pub struct OwnedCall<A, V, E, R, Q, L>
    where
        R: Runtime,
        Q: AskedBy<A>,
    {
        cache: Cache<A, V, E, R>,
        progress: Progress<A, R, Q, L>,
    }
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>, L> OwnedCall<A, V, E, R, Q, L> {
    pub(super) const fn new(
        cache: Cache<A, V, E, R>,
        by: Q::By,
        load: L,
        loading: Loading<L, A, R::Threading>,
    ) -> Self {
        Self { cache, progress: Progress::new(by, load, loading) }
    }

    pub(super) fn into_parts(self) -> (Cache<A, V, E, R>, Progress<A, R, Q, L>) {
        (self.cache, self.progress)
    }

    /// Loads whatever is stored; see [`Call::force`](crate::Call::force).
    #[inline]
    pub const fn force(self) -> Tuned<Self> {
        Tuned::new(self).force()
    }

    /// Refuses an entry that is older than this; see [`Call::max_age`](crate::Call::max_age).
    #[inline]
    pub const fn max_age(self, max_age: Duration) -> Tuned<Self> {
        Tuned::new(self).max_age(max_age)
    }

    /// Refuses a stale entry; see [`Call::fresh`](crate::Call::fresh).
    #[inline]
    pub const fn fresh(self) -> Tuned<Self> {
        Tuned::new(self).fresh()
    }

    /// Takes an entry that expired up to so long ago; see
    /// [`Call::max_stale`](crate::Call::max_stale).
    #[inline]
    pub const fn max_stale(self, max_stale: Duration) -> Tuned<Self> {
        Tuned::new(self).max_stale(max_stale)
    }

    /// Bounds the wait if an old entry may answer; see
    /// [`Call::soft_timeout`](crate::Call::soft_timeout).
    #[inline]
    pub const fn soft_timeout(self, timeout: Duration) -> Tuned<Self> {
        Tuned::new(self).soft_timeout(timeout)
    }

    /// Yields where the value came from and how old it is, besides the value.
    #[inline]
    pub const fn outcome(self) -> WithOutcome<Self> {
        WithOutcome::new(self)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> Future for OwnedCall<A, V, E, R, Q, L> {
    type Output = Result<V, Error<E>>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_as::<Value>(cx)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> PollAs for OwnedCall<A, V, E, R, Q, L> {
    type Value = V;
    type Error = Error<E>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_as<W: Form<V>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        let this = self.project();
        this.progress.poll_as::<W, V, E>(this.cache.inner(), None, cx)
    }
}

impl<A, V: Clone, E, R: Runtime, Q: Query<A>, L> Tunable for OwnedCall<A, V, E, R, Q, L> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_tuned<W: Form<V>>(
        self: Pin<&mut Self>,
        options: &Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Error<E>>> {
        let this = self.project();
        this.progress.poll_as::<W, V, E>(this.cache.inner(), Some(options), cx)
    }
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>, L> fmt::Debug for OwnedCall<A, V, E, R, Q, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedCall").finish_non_exhaustive()
    }
}
