//! What a call waits for, and how it goes on.

use core::{
    ops::ControlFlow,
    pin::{Pin, pin},
    task::Context,
};

use super::{
    answer::{self, arrival},
    decide::judge,
    request::Request,
    soft_timeout::SoftTimeout,
    take_off::{Aboard, Flown, board},
};
use crate::{
    engine::Engine,
    error::Failure,
    load::AgainFn,
    outcome::Source,
    planted::{self, Fault},
    reading::{self, Seen},
    runtime::{AnyAnswer, AnyAsk, KeyOf, Threading, ValueOf},
    sync::Arc,
    types::LandedOf,
};

/// What is left to wait for.
pub(crate) enum Waiting<M: Threading> {
    /// The storage has to answer.
    Look(M::Future<ControlFlow<AnyAnswer<M>, Next<M>>>),
    /// A load has to end.
    Flight(Flown<M>),
    /// The load of a caller who has waited for another one.
    Next(Aboard<M>, SoftTimeout<M>),
}

/// What an engine needs for a storage that waits. A program without one has nothing of this in it, as
/// only a builder with a storage of one's own names it.
#[allow(missing_debug_implementations, reason = "it is hidden")]
pub struct LookFns<M: Threading> {
    /// Looks, and goes on from there.
    pub(crate) first: FirstLookFn<M>,
    /// Looks again on the way to a load, for what makes that needless.
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

/// How such a call goes on.
pub(crate) enum Next<M: Threading> {
    /// The storage has answered.
    Judge { request: Request<M>, key: KeyOf<M>, seen: Seen<ValueOf<M>>, endings: usize },
    /// The runtime of the load that the caller had joined has dropped it.
    Board(super::take_off::Joined<M>, KeyOf<M>, SoftTimeout<M>),
}

/// Waits for what is left to wait for. Dropped, a caller leaves its flight.
///
/// A flight that its runtime has dropped is followed by another one, which the caller joins or
/// leads.
pub(crate) async fn waited<M: Threading>(
    engine: Arc<Engine<M>>,
    waiting: Waiting<M>,
) -> ControlFlow<AnyAnswer<M>, Retry<M>> {
    let next = match waiting {
        Waiting::Look(looking) => looking.await,
        Waiting::Flight(Flown { aboard, stand_in }) => {
            let soft = SoftTimeout::of(&engine, stand_in);
            flown(&engine, aboard, soft).await
        }
        Waiting::Next(aboard, soft) => flown(&engine, aboard, soft).await,
    };
    next.map_continue(|next| Retry { engine, next })
}

/// Waits for a storage.
pub(crate) async fn looked<M: Threading>(
    engine: &Engine<M>,
    mut request: Request<M>,
    key: KeyOf<M>,
) -> ControlFlow<AnyAnswer<M>, Next<M>> {
    request.removals = Some(engine.flights.noted_removals_near(request.hash));
    let configuration = &*request.snapshot;
    // What ends between a slow look and the decision to load may have stored what is missing.
    let endings = engine.flights.endings();
    if let Some(landed) = engine.flights.landed(&key, request.hash)
        && let Some(answer) =
            answer::landed(engine, configuration, &key, &landed, false, request.dated)
    {
        return ControlFlow::Break(answer);
    }
    let seen = reading::waited(engine, configuration, &key).await;
    ControlFlow::Continue(Next::Judge { request, key, seen, endings })
}

/// Waits for a load, or for the end of the caller's patience, and then the load goes on.
async fn flown<M: Threading>(
    engine: &Engine<M>,
    aboard: Aboard<M>,
    mut soft: SoftTimeout<M>,
) -> ControlFlow<AnyAnswer<M>, Next<M>> {
    let mut joined = match aboard {
        Aboard::Registered(mut landing) => {
            return ControlFlow::Break(match soft.bound(Pin::new(&mut landing)).await {
                Ok(answer) => soft.settle(engine, answer),
                Err(stand_in) => stand_in.take(engine),
            });
        }
        Aboard::Leading(mut leader) => {
            let arrived = {
                let arriving = pin!(leader.arrive(engine, soft.old()));
                soft.bound(arriving).await
            };
            return ControlFlow::Break(match arrived {
                Ok(answer) => soft.settle(engine, answer),
                Err(stand_in) => {
                    leader.keep(engine);
                    stand_in.take(engine)
                }
            });
        }
        Aboard::Joined(joined) => joined,
    };
    let landed = {
        let landing = pin!(joined.waiter.landed(soft.old()));
        soft.bound(landing).await
    };
    let landed = match landed {
        Ok(landed) => landed,
        Err(stand_in) => {
            joined.waiter.flight.keep();
            return ControlFlow::Break(stand_in.take(engine));
        }
    };
    joined.attempt.left -= 1;
    let gives_up = joined.attempt.left == 0 || planted::is(Fault::JoinersGiveUp);
    if gives_up || !matches!(*landed, Err(Failure::Abandoned)) {
        let Request { snapshot, dated, .. } = &joined.request;
        let landed = LandedOf::<M>::clone(&landed);
        let answer = arrival(engine, snapshot, landed, Source::Joined, *dated);
        return ControlFlow::Break(soft.settle(engine, answer));
    }
    let key = joined.waiter.flight.key.clone();
    ControlFlow::Continue(Next::Board(joined, key, soft))
}

impl<M: Threading> Retry<M> {
    /// Goes on, with the load that the call has.
    pub(crate) fn resume(
        self,
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> (Arc<Engine<M>>, ControlFlow<AnyAnswer<M>, Waiting<M>>) {
        let Self { engine, next } = self;
        let gone = match next {
            Next::Judge { request, key, seen, endings } => {
                judge(&engine, request, key, seen, endings, ask, cx).map_continue(Waiting::Flight)
            }
            Next::Board(joined, key, soft) => {
                let (request, attempt) = joined.leave();
                match board(&engine, request, key, attempt, ask, cx) {
                    ControlFlow::Break(answer) => ControlFlow::Break(soft.settle(&engine, answer)),
                    ControlFlow::Continue(aboard) => {
                        ControlFlow::Continue(Waiting::Next(aboard, soft))
                    }
                }
            }
        };
        (engine, gone)
    }
}
