//! A future with a deadline.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
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
/// it is never polled. A future that was `polled` just now and was not ready is not polled again at
/// once.
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
    race(future, polled, LazyTimer::<M> { runtime, due: Due::At(deadline), armed: None }).await
}

/// Runs a future to its end, or drops it once it has had to wait for `duration`.
pub(crate) async fn within<F: Future, M: Threading>(
    duration: Duration,
    runtime: &M::Clock,
    future: F,
) -> Result<F::Output, TimedOut> {
    race(future, false, LazyTimer::<M> { runtime, due: Due::After(duration), armed: None }).await
}

/// The timer is armed once the future has had to wait: a future that is ready at its first poll
/// costs none.
async fn race<F: Future, M: Threading>(
    future: F,
    mut polled: bool,
    mut timer: LazyTimer<'_, M>,
) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        if !core::mem::take(&mut polled)
            && let Poll::Ready(output) = future.as_mut().poll(cx)
        {
            return Poll::Ready(Ok(output));
        }
        timer.poll(cx).map(|()| Err(TimedOut))
    })
    .await
}

/// A timer that is armed at its first poll.
struct LazyTimer<'a, M: Threading> {
    runtime: &'a M::Clock,
    due: Due,
    /// Once it is armed; the inner `Option` is `None` if it never rings.
    armed: Option<Option<M::Task>>,
}

#[derive(Clone, Copy)]
enum Due {
    At(Instant),
    After(Duration),
}

impl<M: Threading> LazyTimer<'_, M> {
    // Compiled once, and not for each future.
    #[inline(never)]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { runtime, due, armed } = self;
        match armed.get_or_insert_with(|| due.sleep::<M>(runtime)) {
            Some(sleep) => Pin::new(sleep).poll(cx),
            None => Poll::Pending,
        }
    }
}

impl Due {
    fn sleep<M: Threading>(self, runtime: &M::Clock) -> Option<M::Task> {
        let duration = match self {
            Self::At(Instant::NEVER) | Self::After(Duration::MAX) => return None,
            Self::At(_) if planted::is(Fault::TimeoutIgnored) => return None,
            Self::At(deadline) => deadline.saturating_since(runtime.now()),
            Self::After(duration) => duration,
        };
        Some(runtime.sleep(duration))
    }
}
