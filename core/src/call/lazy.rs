//! The future of a call: nothing until polled, small while it waits.

use core::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Answer, Form};
use crate::{error::Error, parts::Parts};

use alloc::boxed::Box;

/// Runs `start` at its first poll; what that leaves to be waited for is in a box.
pub(crate) struct Lazy<P, W, S, M> {
    state: State<S, M>,
    form: PhantomData<fn() -> (P, W)>,
}

enum State<S, M> {
    Start(S),
    Waiting(Pin<Box<M>>),
    Over,
}

/// An answer in the form that the caller wants.
pub(crate) type Formed<P, W> =
    Result<<W as Form<<P as Parts>::Value>>::Answer, Error<<P as Parts>::Error>>;

impl<P, W, S, M> Lazy<P, W, S, M>
where
    P: Parts,
    W: Form<P::Value>,
    S: FnOnce(&mut Context<'_>) -> Result<Formed<P, W>, Pin<Box<M>>>,
    M: Future<Output = Answer<P>>,
{
    pub(crate) const fn new(start: S) -> Self {
        Self { state: State::Start(start), form: PhantomData }
    }
}

/// Nothing in it is pinned in place: what is waited for is pinned in its box.
impl<P, W, S, M> Unpin for Lazy<P, W, S, M> {}

impl<P, W, S, M> Future for Lazy<P, W, S, M>
where
    P: Parts,
    W: Form<P::Value>,
    S: FnOnce(&mut Context<'_>) -> Result<Formed<P, W>, Pin<Box<M>>>,
    M: Future<Output = Answer<P>>,
{
    type Output = Formed<P, W>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Start(_) = self.state
            && let State::Start(start) = core::mem::replace(&mut self.state, State::Over)
        {
            match start(cx) {
                Ok(answer) => return Poll::Ready(answer),
                Err(waiting) => self.state = State::Waiting(waiting),
            }
        }
        self.wait(cx)
    }
}

impl<P, W, S, M> Lazy<P, W, S, M>
where
    P: Parts,
    W: Form<P::Value>,
    M: Future<Output = Answer<P>>,
{
    // Apart, so that a hit does not pay for its frame.
    #[cold]
    #[inline(never)]
    fn wait(&mut self, cx: &mut Context<'_>) -> Poll<Formed<P, W>> {
        let State::Waiting(waiting) = &mut self.state else {
            panic!("a call was polled after it had answered");
        };
        let polled = waiting.as_mut().poll(cx);
        if polled.is_ready() {
            self.state = State::Over;
        }
        polled.map(|answer| answer.map(W::of))
    }
}
