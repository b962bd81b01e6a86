//! How long a caller waits who has something old to answer with.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use super::stand_in::StandIn;
use crate::{engine::Engine, parts::Parts, runtime::Runtime, time::Instant};

use alloc::boxed::Box;

/// A bound to the wait of one caller, until what it has instead is of no use either.
pub(super) struct Patience<P: Parts> {
    timer: Option<Timer<P>>,
}

struct Timer<P: Parts> {
    runtime: P::Runtime,
    sleep: Pin<Box<<P::Runtime as Runtime>::Sleep>>,
    /// From when on there is nothing to take instead.
    until: Instant,
}

impl<P: Parts> Patience<P> {
    /// Without a bound.
    pub(super) const fn endless() -> Self {
        Self { timer: None }
    }

    /// Begins to wait, for as long as the cache's soft timeout says. In no runtime's context there is
    /// no timer.
    pub(super) fn of(engine: &Engine<P>, stand_in: &StandIn<P>) -> Self {
        let timer = engine.settings.resilience.soft_timeout.and_then(|timeout| {
            let runtime = engine.runtime.bind()?;
            let sleep = Box::pin(runtime.sleep(timeout));
            Some(Timer { runtime, sleep, until: stand_in.until })
        });
        Self { timer }
    }

    /// Waits for `future`; `None` once the caller's patience has come to its end.
    pub(super) async fn bound<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| {
            if let Poll::Ready(output) = future.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            if let Some(timer) = &mut self.timer
                && timer.sleep.as_mut().poll(cx).is_ready()
            {
                let useful = timer.runtime.now() < timer.until;
                self.timer = None;
                if useful {
                    return Poll::Ready(None);
                }
            }
            Poll::Pending
        })
        .await
    }
}
