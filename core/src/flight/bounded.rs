//! A future with a deadline.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use crate::{runtime::Runtime, time::Instant};

/// The deadline came first, and the future was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

/// Runs a future to its end, or drops it at the deadline.
///
/// The timer is armed once the future has had to wait: one that is ready at its first poll costs
/// none. With a deadline that has passed already the future is never polled.
pub(crate) async fn until<F: Future, R: Runtime>(
    deadline: Instant,
    runtime: &R,
    future: F,
) -> Result<F::Output, TimedOut> {
    if deadline == Instant::NEVER {
        return Ok(future.await);
    }
    if deadline <= runtime.now() {
        return Err(TimedOut);
    }
    let mut future = pin!(future);
    let mut timer = pin!(None::<R::Sleep>);
    poll_fn(|cx| {
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return Poll::Ready(Ok(output));
        }
        if timer.is_none() {
            let left = deadline.saturating_since(runtime.now());
            timer.set(Some(runtime.sleep(left)));
        }
        match timer.as_mut().as_pin_mut() {
            Some(timer) => timer.poll(cx).map(|()| Err(TimedOut)),
            None => Poll::Pending,
        }
    })
    .await
}

/// Runs a future to its end, or drops it after a while.
pub(crate) async fn within<F: Future, R: Runtime>(
    duration: Duration,
    runtime: &R,
    future: F,
) -> Result<F::Output, TimedOut> {
    until(runtime.now() + duration, runtime, future).await
}
