//! The wait of a call, and its next step.

use core::{
    future::Future,
    mem,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{
    aboard::{Aboard, Caller, Joined, Wait},
    answer,
    decide::judge,
    request::Request,
    soft_timeout::SoftTimeout,
    take_off::board,
};
use crate::{
    engine::Engine,
    load::AgainFn,
    reading::{self, Seen},
    runtime::{AnyAnswer, KeyOf, Threading, ValueOf},
    sync::Arc,
};

use alloc::boxed::Box;

/// The rest of a call's wait.
pub(crate) struct Waiting<M: Threading> {
    engine: Arc<Engine<M>>,
    /// The storage has to answer.
    look: Option<Look<M>>,
    /// A load has to end.
    wait: Wait<M>,
}

/// A look into a storage that waits, and the next step of the call.
pub(crate) type Look<M> = <M as Threading>::Future<ControlFlow<AnyAnswer<M>, Next<M>>>;

/// The engine's functions for a storage that waits. A program without one contains none of this, as
/// only a builder with a storage of the user's refers to it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct LookFns<M: Threading> {
    /// Looks, and goes on from there.
    pub(crate) first: FirstLookFn<M>,
    /// Looks again on the way to a load, for an entry that makes it needless.
    pub(crate) again: AgainFn<M>,
}

type FirstLookFn<M> = fn(
    Arc<Engine<M>>,
    Request<M>,
    KeyOf<M>,
) -> <M as Threading>::Future<ControlFlow<AnyAnswer<M>, Next<M>>>;

impl<M: Threading> Clone for LookFns<M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M: Threading> Copy for LookFns<M> {}

/// A call that needs its load after it has waited.
pub(crate) struct Retry<M: Threading> {
    engine: Arc<Engine<M>>,
    next: Next<M>,
}

/// The next step of such a call.
pub(crate) enum Next<M: Threading> {
    /// The storage has answered.
    Judge { request: Request<M>, key: KeyOf<M>, seen: Seen<ValueOf<M>>, endings: usize },
    /// The runtime of the load that the caller had joined has dropped it.
    Board(Box<Joined<M>>, SoftTimeout<M>),
}

impl<M: Threading> Waiting<M> {
    pub(crate) const fn new(engine: Arc<Engine<M>>, look: Option<Look<M>>, wait: Wait<M>) -> Self {
        Self { engine, look, wait }
    }

    /// Waits for the rest. Dropped, a caller leaves its flight.
    ///
    /// A flight that its runtime has dropped is followed by another one, which the caller joins or
    /// leads.
    pub(crate) fn poll_gone(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ControlFlow<AnyAnswer<M>, Retry<M>>> {
        let Self { engine, look, wait } = self;
        let gone = match look {
            Some(look) => ready!(Pin::new(look).poll(cx)),
            None => match ready!(wait.poll(engine, cx)) {
                ControlFlow::Break(answer) => ControlFlow::Break(answer),
                ControlFlow::Continue(()) => ControlFlow::Continue(again(wait)),
            },
        };
        *look = None;
        wait.aboard = None;
        Poll::Ready(gone.map_continue(|next| Retry { engine: engine.clone(), next }))
    }
}

/// Returns the next step of a caller whose flight was abandoned.
#[cold]
fn again<M: Threading>(wait: &mut Wait<M>) -> Next<M> {
    let soft = mem::replace(&mut wait.soft, SoftTimeout::none());
    match wait.aboard.take() {
        Some(Aboard::Joined(joined)) => Next::Board(Box::new(joined), soft),
        _ => unreachable!("those who lead have an answer"),
    }
}

/// Waits for a storage.
pub(crate) async fn looked<M: Threading>(
    engine: &Engine<M>,
    mut request: Request<M>,
    key: KeyOf<M>,
) -> ControlFlow<AnyAnswer<M>, Next<M>> {
    request.removals = Some(engine.flights.noted_removals_near(request.hash));
    let configuration = &*request.snapshot;
    // A flight that ends between a slow look and the decision to load may have stored the missing
    // entry.
    let endings = engine.flights.endings();
    if let Some(landed) = engine.flights.landed(&key, request.hash)
        && let Some(answer) =
            answer::landed(engine, configuration, &key, &landed, false, request.wants())
    {
        return ControlFlow::Break(answer);
    }
    let seen = reading::waited(engine, configuration, &key, request.limits.as_deref()).await;
    ControlFlow::Continue(Next::Judge { request, key, seen, endings })
}

impl<M: Threading> Retry<M> {
    /// Goes on, with the load that the call has.
    pub(crate) fn resume(
        self,
        caller: &mut Caller<'_, '_, M>,
    ) -> (Arc<Engine<M>>, ControlFlow<AnyAnswer<M>>) {
        let Self { engine, next } = self;
        let gone = match next {
            Next::Judge { request, key, seen, endings } => {
                judge(&engine, request, key, seen, endings, caller)
            }
            Next::Board(joined, mut soft) => {
                let (key, request, attempt) = joined.leave();
                match board(&engine, request, key, attempt, caller) {
                    ControlFlow::Break(answer) => ControlFlow::Break(soft.settle(&engine, answer)),
                    ControlFlow::Continue(()) => {
                        caller.wait.soft = soft;
                        ControlFlow::Continue(())
                    }
                }
            }
        };
        (engine, gone)
    }
}
