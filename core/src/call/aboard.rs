//! A caller that waits for a load.

use core::{
    ops::ControlFlow,
    task::{Context, Poll, ready},
};

use super::{
    answer::arrival, attempt::Attempt, leader::Leader, limited::refuse, request::Request,
    soft_timeout::SoftTimeout, waiter::Waiter,
};
use crate::{
    engine::Engine,
    error::Failure,
    flights::Nested,
    outcome::Source,
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyAsk, KeyOf, Threading},
    time::Instant,
    types::LandedOf,
};

/// The parameters of a poll of a call, for each of its steps.
pub(crate) struct Caller<'a, 'c, M: Threading> {
    pub(crate) ask: &'a mut (dyn AnyAsk<M> + 'a),
    pub(crate) cx: &'a mut Context<'c>,
    /// Where the caller waits if it has to: it is large, and is not moved from step to step.
    pub(crate) wait: &'a mut Wait<M>,
}

impl<M: Threading> Caller<'_, '_, M> {
    /// Notes the load that the caller waits for, if it has to wait.
    #[inline]
    pub(super) fn wait_for(
        &mut self,
        gone: ControlFlow<AnyAnswer<M>, Aboard<M>>,
    ) -> ControlFlow<AnyAnswer<M>> {
        match gone {
            ControlFlow::Break(answer) => ControlFlow::Break(answer),
            ControlFlow::Continue(aboard) => {
                self.wait.aboard = Some(aboard);
                ControlFlow::Continue(())
            }
        }
    }
}

/// The load that a caller waits for, and the limit of its wait.
pub(crate) struct Wait<M: Threading> {
    pub(super) aboard: Option<Aboard<M>>,
    pub(super) soft: SoftTimeout<M>,
}

/// A caller aboard a flight.
pub(crate) enum Aboard<M: Threading> {
    /// It leads the load.
    Leading(Leader<M>),
    /// It has joined the load of another caller.
    Joined(Joined<M>),
}

/// A caller that waits for the load of another, and leads one itself if that is dropped.
pub(crate) struct Joined<M: Threading> {
    pub(super) waiter: Waiter<M>,
    /// For a load that the caller may have to lead.
    pub(super) request: Request<M>,
    pub(super) attempt: Attempt,
    /// When it joined.
    pub(super) since: Instant,
    /// The calling load waits for this call's load.
    pub(super) _nested: Nested,
}

impl<M: Threading> Wait<M> {
    /// No wait.
    pub(crate) const fn none() -> Self {
        Self { aboard: None, soft: SoftTimeout::none() }
    }

    /// Waits for the answer, but no longer than the soft timeout; there is none yet if the runtime
    /// has dropped the load that the caller had joined, or that one's value is no answer.
    pub(super) fn poll(
        &mut self,
        engine: &Engine<M>,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<AnyAnswer<M>>> {
        let Self { aboard: Some(aboard), soft } = self else {
            unreachable!("a call is not polled after it has answered")
        };
        match aboard.poll(engine, soft, cx) {
            Poll::Ready(ControlFlow::Break(answer)) => {
                Poll::Ready(ControlFlow::Break(soft.settle(engine, answer)))
            }
            Poll::Ready(ControlFlow::Continue(())) => Poll::Ready(ControlFlow::Continue(())),
            Poll::Pending => {
                let stand_in = ready!(soft.poll_over(cx));
                aboard.keep(engine);
                Poll::Ready(ControlFlow::Break(stand_in.take(engine)))
            }
        }
    }
}

impl<M: Threading> Aboard<M> {
    fn poll(
        &mut self,
        engine: &Engine<M>,
        soft: &SoftTimeout<M>,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<AnyAnswer<M>>> {
        match self {
            Self::Leading(leader) => leader.poll_arrive(engine, soft, cx).map(ControlFlow::Break),
            Self::Joined(joined) => joined.poll(engine, soft, cx),
        }
    }

    /// Lets the load go on when this caller has gone.
    fn keep(&self, engine: &Engine<M>) {
        match self {
            Self::Leading(leader) => leader.keep(engine),
            Self::Joined(joined) => joined.waiter.flight.keep(),
        }
    }
}

impl<M: Threading> Joined<M> {
    fn poll(
        &mut self,
        engine: &Engine<M>,
        soft: &SoftTimeout<M>,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<AnyAnswer<M>>> {
        let landed = ready!(self.waiter.poll_landed(soft, cx));
        // Its leader has found an entry, which is no answer to this caller: its own load is.
        if self.waiter.flight.was_found()
            && let Ok(entry) = &*landed
            && refuse(engine, &self.request.limits, entry)
        {
            return Poll::Ready(ControlFlow::Continue(()));
        }
        self.attempt.left -= 1;
        let goes_on = self.attempt.left > 0 && !planted::is(Fault::JoinersGiveUp);
        if goes_on && self.is_no_answer(&landed) {
            return Poll::Ready(ControlFlow::Continue(()));
        }
        let Request { snapshot, dated, .. } = &self.request;
        let landed = LandedOf::<M>::clone(&landed);
        let answer = arrival(engine, snapshot, landed, Source::Joined, *dated);
        Poll::Ready(ControlFlow::Break(answer))
    }

    /// Whether the runtime has dropped the load, or its value was dead before this caller came: it
    /// may have been held up on its way, as by an observer or a thread that stood still.
    fn is_no_answer(&self, landed: &LandedOf<M>) -> bool {
        match landed {
            Ok(entry) => entry.created < self.since && entry.expires_after <= self.since,
            Err(failure) => matches!(failure, Failure::Abandoned),
        }
    }

    /// Stops waiting. A load of the caller's own goes by the key of the one that it had joined.
    pub(super) fn leave(self) -> (KeyOf<M>, Request<M>, Attempt) {
        (self.waiter.flight.key.clone(), self.request, self.attempt)
    }
}
