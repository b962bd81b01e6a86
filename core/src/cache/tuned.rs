//! A call with options set.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::with_outcome::{PollAs, WithOutcome};
use crate::{
    form::{Form, Options, Value},
    limits::Limits,
};

/// A call that can have options.
pub trait Tunable: PollAs {
    /// Polls the call, always with the same options.
    fn poll_tuned<W: Form<Self::Value>>(
        self: Pin<&mut Self>,
        options: &Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Self::Error>>;
}

pin_project! {
    /// A call with options set, such as [`force`](crate::Call::force).
    ///
    /// The first setter of a [`Call`](crate::Call) makes it, and it has the same setters, in
    /// any order. The options are those of this call alone. It is dropped like the call that it is
    /// made of.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.call(12).force().await?, 144);
    /// assert_eq!(squares.call(12).force().outcome().await?.source, Source::Loaded);
    /// assert_eq!(squares.stats().loads, 2);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "a call does nothing unless it is awaited"]
    #[derive(Debug)]
    pub struct Tuned<C> {
        #[pin]
        call: C,
        options: Options,
    }
}

impl<C> Tuned<C> {
    #[doc(hidden)]
    #[inline]
    pub const fn new(call: C) -> Self {
        Self { call, options: Options::NONE }
    }

    /// Loads whatever is stored; see [`Call::force`](crate::Call::force). The options about stored
    /// entries have no effect then, in whichever order they are set. Setting it twice changes
    /// nothing.
    #[inline]
    pub const fn force(mut self) -> Self {
        self.options.force = true;
        self
    }

    /// Refuses an entry that is older than this; see [`Call::max_age`](crate::Call::max_age). Set
    /// again, it is replaced.
    #[inline]
    pub const fn max_age(mut self, max_age: Duration) -> Self {
        self.options.limits = Some(Limits { max_age, ..self.options.limits() });
        self
    }

    /// Refuses a stale entry; see [`Call::fresh`](crate::Call::fresh). Setting it twice changes
    /// nothing.
    #[inline]
    pub const fn fresh(mut self) -> Self {
        self.options.limits = Some(Limits { fresh: true, ..self.options.limits() });
        self
    }

    /// Takes an entry that expired up to so long ago; see
    /// [`Call::max_stale`](crate::Call::max_stale). Set again, it is replaced.
    #[inline]
    pub const fn max_stale(mut self, max_stale: Duration) -> Self {
        self.options.limits = Some(Limits { max_stale, ..self.options.limits() });
        self
    }

    /// Bounds the wait if an old entry may answer; see
    /// [`Call::soft_timeout`](crate::Call::soft_timeout). Set again, it is replaced.
    #[inline]
    pub const fn soft_timeout(mut self, timeout: Duration) -> Self {
        let soft_timeout = Some(timeout);
        self.options.limits = Some(Limits { soft_timeout, ..self.options.limits() });
        self
    }

    /// Yields where the value came from and how old it is, besides the value.
    #[inline]
    pub const fn outcome(self) -> WithOutcome<Self> {
        WithOutcome::new(self)
    }
}

impl<C: Tunable> Future for Tuned<C> {
    type Output = Result<C::Value, C::Error>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_as::<Value>(cx)
    }
}

impl<C: Tunable> PollAs for Tuned<C> {
    type Value = C::Value;
    type Error = C::Error;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_as<W: Form<C::Value>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, C::Error>> {
        let this = self.project();
        this.call.poll_tuned::<W>(this.options, cx)
    }
}
