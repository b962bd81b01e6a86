//! The future of a call: nothing until polled, small while it waits.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::Outcome;

use alloc::boxed::Box;

/// Runs `start` at its first poll; what that leaves to be waited for is boxed.
pub(crate) enum Lazy<S, M> {
    Start(S),
    Waiting(Pin<Box<M>>),
    Over,
}

impl<S, M> Lazy<S, M>
where
    M: Future,
    S: FnOnce() -> Result<M::Output, M>,
{
    pub(crate) const fn new(start: S) -> Self {
        Self::Start(start)
    }
}

/// Nothing in it is pinned in place: what is waited for is pinned in its box.
impl<S, M> Unpin for Lazy<S, M> {}

impl<S, M> Future for Lazy<S, M>
where
    M: Future,
    S: FnOnce() -> Result<M::Output, M>,
{
    type Output = M::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Self::Start(_) = &*self
            && let Self::Start(start) = core::mem::replace(&mut *self, Self::Over)
        {
            match start() {
                Ok(output) => return Poll::Ready(output),
                Err(waiting) => *self = Self::Waiting(Box::pin(waiting)),
            }
        }
        let Self::Waiting(waiting) = &mut *self else {
            panic!("a call was polled after it had answered");
        };
        let polled = waiting.as_mut().poll(cx);
        if polled.is_ready() {
            *self = Self::Over;
        }
        polled
    }
}

/// Keeps the value of an outcome.
pub(crate) struct IntoValue<F>(pub(crate) F);

impl<F, V, E> Future for IntoValue<F>
where
    F: Future<Output = Result<Outcome<V>, E>> + Unpin,
{
    type Output = Result<V, E>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|answer| answer.map(|outcome| outcome.value))
    }
}
