//! The bounded wait of a caller with an old entry.

use core::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::stand_in::{StandIn, stood_in};
use crate::{
    engine::Engine,
    load::Past,
    runtime::{AnyAnswer, AnyClock, Threading, ValueOf},
    sync::Arc,
};

use alloc::boxed::Box;

/// A caller's stand-in for a load, and the wait before it takes that.
///
/// Boxed, as most callers have none, and wait.
pub(crate) struct SoftTimeout<M: Threading>(Option<Box<SoftWait<M>>>);

struct SoftWait<M: Threading> {
    stand_in: Box<StandIn<M>>,
    timer: Option<Timer<M>>,
}

struct Timer<M: Threading> {
    runtime: Arc<M::Clock>,
    sleep: M::Task,
}

impl<M: Threading> SoftTimeout<M> {
    /// Waits for ever.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Begins to wait, for the soft timeout of the call or the cache. Outside any runtime there is
    /// no timer.
    pub(super) fn of(engine: &Engine<M>, stand_in: Option<Box<StandIn<M>>>) -> Self {
        Self(stand_in.map(|stand_in| {
            let timer = stand_in.soft_timeout.and_then(|timeout| {
                let runtime = engine.runtime.bind()?;
                let sleep = runtime.sleep(timeout);
                Some(Timer { runtime, sleep })
            });
            Box::new(SoftWait { stand_in, timer })
        }))
    }

    /// Returns the caller's stand-in, without its value.
    pub(super) fn old(&self) -> Past<ValueOf<M>> {
        self.0.as_ref().map(|waiting| Box::new(waiting.stand_in.times()))
    }

    /// Waits until the soft timeout is over while the caller still has a stand-in.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<Box<StandIn<M>>> {
        let Some(SoftWait { stand_in, timer: pending @ Some(_) }) = self.0.as_deref_mut() else {
            return Poll::Pending;
        };
        let Some(timer) = pending else { return Poll::Pending };
        ready!(Pin::new(&mut timer.sleep).poll(cx));
        let is_of_use = timer.runtime.now() < stand_in.until;
        *pending = None;
        match self.0.take_if(|_| is_of_use) {
            Some(waiting) => Poll::Ready(waiting.stand_in),
            None => Poll::Pending,
        }
    }

    /// Chooses the answer once the load has ended.
    pub(super) fn settle(&mut self, engine: &Engine<M>, answer: AnyAnswer<M>) -> AnyAnswer<M> {
        match self.0.take() {
            None => answer,
            Some(waiting) => stood_in(engine, answer, Some(waiting.stand_in)),
        }
    }
}
