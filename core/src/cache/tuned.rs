//! A call with options set.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::with_outcome::{PollAs, WithOutcome};
use crate::form::{Form, Options, Value};

/// A call that can have options.
pub trait Tunable: PollAs {
    /// Polls the call, always with the same options.
    fn poll_tuned<W: Form<Self::Value>>(
        self: Pin<&mut Self>,
        options: Options,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Self::Error>>;
}

pin_project! {
    /// A call with options set, such as [`force`](crate::Call::force).
    ///
    /// The first setter of a [`Call`](crate::Call) makes it, and it has the same setters. The
    /// options are those of this call alone. It is dropped like the call that it is made of.
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

    /// Loads whatever is stored; see [`Call::force`](crate::Call::force). Setting it twice changes
    /// nothing.
    #[inline]
    pub const fn force(mut self) -> Self {
        self.options.force = true;
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
        this.call.poll_tuned::<W>(*this.options, cx)
    }
}
