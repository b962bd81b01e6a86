//! A future with a deadline.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use crate::{
    planted::{self, Fault},
    runtime::{AnyClock, Threading},
    time::Instant,
};

/// The deadline came first, and the future was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedOut;

/// Runs a future to its end, or drops it at the deadline. With a deadline that has passed at `now`
/// it is never polled. One that was `polled` just now and was not ready is not polled again at once.
pub(crate) async fn until<F: Future, M: Threading>(
    deadline: Instant,
    now: Instant,
    runtime: &M::Clock,
    future: F,
    polled: bool,
) -> Result<F::Output, TimedOut> {
    if deadline != Instant::NEVER && deadline <= now {
        return Err(TimedOut);
    }
    race(future, polled, || match deadline {
        Instant::NEVER => None,
        _ if planted::is(Fault::TimeoutIgnored) => None,
        deadline => Some(runtime.sleep(deadline.saturating_since(runtime.now()))),
    })
    .await
}

/// Runs a future to its end, or drops it once it has had to wait for `duration`.
pub(crate) async fn within<F: Future, M: Threading>(
    duration: Duration,
    runtime: &M::Clock,
    future: F,
) -> Result<F::Output, TimedOut> {
    race(future, false, || (duration != Duration::MAX).then(|| runtime.sleep(duration))).await
}

/// The timer is armed once the future has had to wait: one that is ready at its first poll costs
/// none.
async fn race<F: Future, S: Future<Output = ()> + Unpin>(
    future: F,
    mut polled: bool,
    arm: impl FnOnce() -> Option<S>,
) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    let (mut arm, mut timer) = (Some(arm), None::<S>);
    poll_fn(|cx| {
        if !core::mem::take(&mut polled)
            && let Poll::Ready(output) = future.as_mut().poll(cx)
        {
            return Poll::Ready(Ok(output));
        }
        if let Some(arm) = arm.take() {
            timer = arm();
        }
        match &mut timer {
            Some(timer) => Pin::new(timer).poll(cx).map(|()| Err(TimedOut)),
            None => Poll::Pending,
        }
    })
    .await
}
