//! A caller who leads a flight.

use core::{
    future::{Future, poll_fn},
    mem,
    ops::ControlFlow,
    pin::pin,
    task::{Context, Poll},
};

use super::{
    answer::{arrival, found},
    attempt::{Attempt, SecondLook, second_look},
    inline::{Inline, run_inline},
    request::Request,
    waiter::{Preparing, Waiter},
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    flights::{Demand, Driven, Flight, Nested, is_deep_to_wait},
    load::{First, Past},
    outcome::Source,
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyAsk, AnyClock, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

/// Drives its load as long as it is alone with it.
pub(crate) struct Leader<M: Threading> {
    waiter: Waiter<M>,
    snapshot: Arc<M::Configuration>,
    /// The caller had joined another flight before.
    joined: bool,
    /// The load looks first, and counts this leader if it has to begin.
    looks: bool,
    dated: bool,
    /// The load that makes this call waits for it.
    _nested: Option<Nested>,
    /// The load waits, as has just been seen: it will wake this leader, and need not be polled
    /// again.
    waits: bool,
}

impl<M: Threading> Leader<M> {
    /// Loads, unless the storage has something by now: one that need not wait is asked here, another
    /// one by the load itself, which does not depend on a leader who may not be polled.
    pub(super) fn lead(
        engine: &Arc<Engine<M>>,
        mut request: Request<M>,
        flight: Arc<Flight<M>>,
        attempt: Attempt,
        (now, inline): (Instant, bool),
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
        let nested = Nested::of(&flight);
        let preparing = Preparing::new(engine, flight);
        request.forget_removed(engine);
        let (joined, dated) = (attempt.joined, request.dated);
        let configuration = &*request.snapshot;
        let untouched = |writes| {
            let hash = engine.fixed.then_some(request.hash);
            configuration.is_untouched(hash, writes)
        };
        let seen = match attempt.demand {
            Demand::Value if request.nothing.is_some_and(untouched) => SecondLook::Needless,
            Demand::Value => second_look(
                engine,
                configuration,
                &preparing.flight.key,
                request.hash,
                request.again_since(engine, attempt.endings),
            ),
            _ => SecondLook::Needless,
        };
        let mut looks = false;
        match seen {
            SecondLook::Found(entry) => {
                let flight = preparing.retire(entry);
                let landed = flight.outcome();
                return ControlFlow::Break(match joined {
                    true => arrival(engine, configuration, landed, Source::Joined, dated),
                    false => found(engine, configuration, &flight.key, landed, dated),
                });
            }
            SecondLook::ByTheLoad(again) => {
                looks = !joined;
                request.first = First::Look { counts: !joined, again };
            }
            SecondLook::Needless if joined => {}
            SecondLook::Needless => engine.counters.loads.count(),
        }
        let snapshot = request.snapshot.clone();
        let (waiter, driven) = if inline {
            match run_inline(engine, &preparing.flight, request, now, ask, cx) {
                Inline::Landed(landed) => {
                    preparing.arrive();
                    let source = if joined { Source::Joined } else { Source::Loaded };
                    return ControlFlow::Break(arrival(engine, &snapshot, landed, source, dated));
                }
                Inline::Waits(polled) => preparing.start_polled(polled, cx),
            }
        } else {
            preparing.start(request, now, ask, Some(cx))
        };
        let mut waits = driven == Driven::Waits;
        if waits && is_deep_to_wait() {
            waiter.flight.hand_over_alone();
            waits = false;
        }
        let leader = Self { waiter, snapshot, joined, looks, dated, _nested: nested, waits };
        match driven {
            Driven::Ended => ControlFlow::Break(leader.answer(engine)),
            _ => ControlFlow::Continue(leader),
        }
    }

    /// Drives the load until it has landed or another drives it, and then waits; `old` is what the
    /// caller has otherwise, by its times.
    pub(super) async fn arrive(
        &mut self,
        engine: &Engine<M>,
        old: Past<ValueOf<M>>,
    ) -> AnyAnswer<M> {
        let landed = poll_fn(|cx| {
            if self.waiter.flight.landing.has_landed() {
                return Poll::Ready(true);
            }
            if mem::take(&mut self.waits) {
                return Poll::Pending;
            }
            let driven = self.waiter.drive(cx);
            match (self.waiter.flight.landing.has_landed(), driven) {
                (false, Driven::Waits) => Poll::Pending,
                (landed, _) => Poll::Ready(landed),
            }
        });
        if !landed.await {
            let flight = self.waiter.flight.clone();
            let mut waiting = pin!(self.waiter.landed(old));
            let mut looked = true;
            poll_fn(|cx| {
                // The task may have come to a thread that this very caller keeps busy.
                let drives = !planted::is(Fault::LeaderGivesUp);
                if !mem::take(&mut looked) && drives && flight.runtime().entered() {
                    flight.drive(cx);
                }
                waiting.as_mut().poll(cx)
            })
            .await;
        }
        self.answer(engine)
    }

    /// Sees to it that the load goes on when this leader has gone, and counts the leader.
    pub(super) fn keep(&self, engine: &Engine<M>) {
        self.waiter.flight.keep();
        self.count(engine);
    }

    /// Counts a leader whose load looks first and has not counted it.
    fn count(&self, engine: &Engine<M>) {
        if self.looks && self.waiter.flight.begin() {
            engine.counters.loads.count();
        }
    }

    fn answer(&self, engine: &Engine<M>) -> AnyAnswer<M> {
        let (flight, dated) = (&self.waiter.flight, self.dated);
        if flight.was_found() && !self.joined {
            return found(engine, &self.snapshot, &flight.key, flight.outcome(), dated);
        }
        if !flight.was_found() {
            // A load that was dropped on its way to the storage has counted no caller.
            self.count(engine);
        }
        let source = if self.joined { Source::Joined } else { Source::Loaded };
        arrival(engine, &self.snapshot, flight.outcome(), source, dated)
    }
}
