//! A call that fails with an error type of its caller's choice.

use core::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;

use super::{
    tuned::{Tunable, Tuned},
    with_outcome::{PollAs, WithOutcome},
};
use crate::form::{Form, Options, Value};

pin_project! {
    /// A call that fails with an `X`, which is made of the [`Error`](crate::Error) of the call.
    ///
    /// A function under `#[memoize(error = X)]` returns it. It has the same setters as a
    /// [`Call`](crate::Call), and is dropped like one.
    ///
    /// # Examples
    ///
    /// ```
    /// # // The attribute is in another crate, which has this one for a dependency.
    /// use evermemo_core::{Builder, Error, ErrorKind, failing};
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct Status(u16);
    ///
    /// impl From<Error<String>> for Status {
    ///     fn from(error: Error<String>) -> Self {
    ///         Self(if error.kind() == ErrorKind::TimedOut { 504 } else { 502 })
    ///     }
    /// }
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let down = Builder::on(runtime).try_wrap(async |_: u32| Err::<u32, _>("down".to_owned()));
    /// assert_eq!(failing::<Status, _>(down.call(7)).force().await, Err(Status(502)));
    /// # });
    /// ```
    #[must_use = "a call does nothing unless it is awaited"]
    pub struct Failing<C, X> {
        #[pin]
        call: C,
        error: PhantomData<fn() -> X>,
    }
}

/// Makes a call fail with an `X`, made of the call's own error.
#[doc(hidden)]
#[inline]
pub const fn failing<X, C>(call: C) -> Failing<C, X> {
    Failing { call, error: PhantomData }
}

impl<C, X> Failing<C, X> {
    pub(super) fn into_call(self) -> C {
        self.call
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

impl<C: PollAs, X: From<C::Error>> Future for Failing<C, X> {
    type Output = Result<C::Value, X>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_as::<Value>(cx)
    }
}

impl<C: PollAs, X: From<C::Error>> PollAs for Failing<C, X> {
    type Value = C::Value;
    type Error = X;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_as<W: Form<C::Value>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, X>> {
        self.project().call.poll_as::<W>(cx).map_err(X::from)
    }
}

impl<C: Tunable, X: From<C::Error>> Tunable for Failing<C, X> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll_tuned<W: Form<C::Value>>(
        self: Pin<&mut Self>,
        options: &Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, X>> {
        self.project().call.poll_tuned::<W>(options, cx).map_err(X::from)
    }
}

impl<C: fmt::Debug, X> fmt::Debug for Failing<C, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failing").field("call", &self.call).finish()
    }
}
