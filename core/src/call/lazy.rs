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

/// Looks at its first poll, and goes on if that did not bring the answer; what there is to wait for
/// then is in a box.
pub(crate) struct Lazy<P, W, C, S, T, M> {
    state: State<C, M>,
    look: S,
    go: T,
    form: PhantomData<fn() -> (P, W)>,
}

enum State<C, M> {
    Start(C),
    Waiting(Pin<Box<M>>),
    Over,
}

/// An answer in the form that the caller wants.
pub(crate) type Formed<P, W> =
    Result<<W as Form<<P as Parts>::Value>>::Answer, Error<<P as Parts>::Error>>;

impl<P, W, C, S, T, M, X> Lazy<P, W, C, S, T, M>
where
    P: Parts,
    W: Form<P::Value>,
    S: Fn(&C) -> Result<Formed<P, W>, X>,
    T: Fn(C, X, &mut Context<'_>) -> Result<Answer<P>, Pin<Box<M>>>,
    M: Future<Output = Answer<P>>,
{
    pub(crate) const fn new(call: C, look: S, go: T) -> Self {
        Self { state: State::Start(call), look, go, form: PhantomData }
    }
}

/// Nothing in it is pinned in place: what is waited for is pinned in its box.
impl<P, W, C, S, T, M> Unpin for Lazy<P, W, C, S, T, M> {}

impl<P, W, C, S, T, M, X> Future for Lazy<P, W, C, S, T, M>
where
    P: Parts,
    W: Form<P::Value>,
    S: Fn(&C) -> Result<Formed<P, W>, X>,
    T: Fn(C, X, &mut Context<'_>) -> Result<Answer<P>, Pin<Box<M>>>,
    M: Future<Output = Answer<P>>,
{
    type Output = Formed<P, W>;

    // A hit is shorter than what calling it would add.
    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let missed = match &self.state {
            State::Start(call) => match (self.look)(call) {
                Ok(answer) => {
                    self.state = State::Over;
                    return Poll::Ready(answer);
                }
                Err(missed) => Some(missed),
            },
            _ => None,
        };
        self.go_on(missed, cx).map(|answer| answer.map(W::of))
    }
}

impl<P, W, C, S, T, M> Lazy<P, W, C, S, T, M>
where
    P: Parts,
{
    // Apart, so that a hit does not pay for its frame.
    #[cold]
    #[inline(never)]
    fn go_on<X>(&mut self, missed: Option<X>, cx: &mut Context<'_>) -> Poll<Answer<P>>
    where
        T: Fn(C, X, &mut Context<'_>) -> Result<Answer<P>, Pin<Box<M>>>,
        M: Future<Output = Answer<P>>,
    {
        let mut waiting = match (core::mem::replace(&mut self.state, State::Over), missed) {
            (State::Waiting(waiting), _) => waiting,
            (State::Start(call), Some(missed)) => match (self.go)(call, missed, cx) {
                Ok(answer) => return Poll::Ready(answer),
                Err(waiting) => waiting,
            },
            _ => panic!("a call was polled after it had answered"),
        };
        let polled = waiting.as_mut().poll(cx);
        if polled.is_pending() {
            self.state = State::Waiting(waiting);
        }
        polled
    }
}
