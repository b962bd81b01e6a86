//! Polling by hand, as nothing here needs an executor.

use core::{
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

/// Polls a future that must be ready at once.
///
/// # Panics
///
/// If the future has to wait.
#[inline(always)]
pub fn now<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the call had to wait"),
    }
}

/// Polls a future once and returns whether it has to wait. What it brings otherwise is dropped.
#[inline]
pub fn waits<F: Future + ?Sized>(future: Pin<&mut F>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}
