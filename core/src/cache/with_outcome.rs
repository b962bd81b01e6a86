//! A call that yields where its value came from.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    form::{Aged, Form},
    outcome::Outcome,
};

/// A call that can be polled for an answer in any form.
pub trait PollAs {
    type Value;
    /// The error that the call fails with.
    type Error;

    /// Polls the call, always for the same form.
    fn poll_as<W: Form<Self::Value>>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<W::Answer, Self::Error>>;
}

pin_project! {
    /// A call that yields an [`Outcome`](crate::Outcome): the value, where it came from and how old
    /// it is.
    ///
    /// [`Call::outcome`](crate::Call::outcome) and [`Tuned::outcome`](crate::Tuned::outcome) make
    /// it. It is dropped like the call that it is made of.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// assert_eq!(squares.call(12).outcome().await?.source, Source::Loaded);
    /// assert_eq!(squares.call(12).outcome().await?.source, Source::Hit);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "a call does nothing unless it is awaited"]
    #[derive(Debug)]
    pub struct WithOutcome<C> {
        #[pin]
        call: C,
    }
}

impl<C> WithOutcome<C> {
    #[doc(hidden)]
    #[inline]
    pub const fn new(call: C) -> Self {
        Self { call }
    }
}

impl<C: PollAs> Future for WithOutcome<C> {
    type Output = Result<Outcome<C::Value>, C::Error>;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().call.poll_as::<Aged>(cx)
    }
}
