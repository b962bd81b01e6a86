//! The future of a call: nothing until polled, small while it waits.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use super::{Answer, Form};
use crate::{error::Error, parts::Parts};

use alloc::boxed::Box;

/// Looks at its first poll, and goes on if that did not bring the answer; what there is to wait for
/// then is in a box.
pub(crate) struct Lazy<C, T, M> {
    state: State<C, M>,
    go: T,
}

/// A call that has not been polled.
pub(crate) trait Start {
    type Parts: Parts;
    type Form: Form<<Self::Parts as Parts>::Value>;
    /// What a look leaves to whoever goes on.
    type Missed;

    /// Answers if the answer is at hand.
    fn look(&self) -> Result<Formed<Self::Parts, Self::Form>, Self::Missed>;
}

enum State<C, M> {
    Start(C),
    Waiting(Pin<Box<M>>),
    Over,
}

/// An answer in the form that the caller wants.
pub(crate) type Formed<P, W> =
    Result<<W as Form<<P as Parts>::Value>>::Answer, Error<<P as Parts>::Error>>;

impl<C, T, M> Lazy<C, T, M>
where
    C: Start,
    T: Fn(C, C::Missed, &mut Context<'_>) -> Result<Answer<C::Parts>, Pin<Box<M>>>,
    M: Future<Output = Answer<C::Parts>>,
{
    pub(crate) const fn new(call: C, go: T) -> Self {
        Self { state: State::Start(call), go }
    }

    // Apart, so that a hit does not pay for its frame.
    #[cold]
    #[inline(never)]
    fn go_on(
        &mut self,
        missed: Option<C::Missed>,
        cx: &mut Context<'_>,
    ) -> Poll<Formed<C::Parts, C::Form>> {
        let mut waiting = match (core::mem::replace(&mut self.state, State::Over), missed) {
            (State::Waiting(waiting), _) => waiting,
            (State::Start(call), Some(missed)) => match (self.go)(call, missed, cx) {
                Ok(answer) => return Poll::Ready(answer.map(C::Form::of)),
                Err(waiting) => waiting,
            },
            _ => panic!("a call was polled after it had answered"),
        };
        let polled = waiting.as_mut().poll(cx);
        if polled.is_pending() {
            self.state = State::Waiting(waiting);
        }
        polled.map(|answer| answer.map(C::Form::of))
    }
}

/// Nothing in it is pinned in place: what is waited for is pinned in its box.
impl<C, T, M> Unpin for Lazy<C, T, M> {}

impl<C, T, M> Future for Lazy<C, T, M>
where
    C: Start,
    T: Fn(C, C::Missed, &mut Context<'_>) -> Result<Answer<C::Parts>, Pin<Box<M>>>,
    M: Future<Output = Answer<C::Parts>>,
{
    type Output = Formed<C::Parts, C::Form>;

    // A hit is shorter than what calling it would add.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let State::Start(call) = &self.state else { return self.go_on(None, cx) };
        match call.look() {
            Ok(answer) => {
                self.state = State::Over;
                Poll::Ready(answer)
            }
            Err(missed) => self.go_on(Some(missed), cx),
        }
    }
}
