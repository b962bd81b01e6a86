//! What a call costs: the pieces that the programs here share.

use core::{
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{BoxFuture, Instant, MultiThreaded, Runtime};

/// A runtime without tasks, timers or passing time: what is left is the engine's own cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still;

impl Runtime for Still {
    type Threading = MultiThreaded;
    type Sleep = Ready<()>;

    #[inline]
    fn now(&self) -> Instant {
        Instant::from_nanos(1)
    }

    fn sleep(&self, _duration: Duration) -> Self::Sleep {
        ready(())
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(task);
    }
}

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
