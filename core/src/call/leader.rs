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
    entry::CacheEntry,
    flights::{Claim, Demand, Driven, Flight, Nested, is_deep_to_wait},
    load::{First, Past},
    outcome::Source,
    runtime::{AnyAnswer, AnyAsk, AnyClock, KeyOf, Threading, ValueOf},
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
    /// Polls a load at once, unless the storage has something by now. Where it ends then, and nothing
    /// else has asked for the key, there is no flight.
    pub(super) fn claim(
        engine: &Arc<Engine<M>>,
        mut request: Request<M>,
        claim: Claim<'_, M>,
        attempt: &Attempt,
        now: Instant,
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
        let nested = Nested::of(claim.key.address());
        request.forget_removed(engine);
        let (joined, dated) = (attempt.joined, request.dated);
        let seen = looked_again(engine, &request, &claim.key, attempt);
        if let SecondLook::Found(entry) = seen {
            let key = claim.key.clone();
            retire(engine, claim, &entry);
            let configuration = &*request.snapshot;
            return ControlFlow::Break(found_again(
                engine,
                configuration,
                &key,
                entry,
                joined,
                dated,
            ));
        }
        if !joined {
            engine.counters.loads.count();
        }
        let snapshot = request.snapshot.clone();
        match run_inline(engine, claim, request, now, ask, cx) {
            Inline::Landed(landed) => {
                let source = if joined { Source::Joined } else { Source::Loaded };
                ControlFlow::Break(arrival(engine, &snapshot, landed, source, dated))
            }
            Inline::Waits(flight, polled) => {
                let started = Preparing::new(engine, flight).start_polled(polled, cx);
                Self::started(engine, started, snapshot, (joined, false, dated), nested)
            }
        }
    }

    /// Loads, unless the storage has something by now: one that need not wait is asked here, another
    /// one by the load itself, which does not depend on a leader who may not be polled.
    pub(super) fn lead(
        engine: &Arc<Engine<M>>,
        mut request: Request<M>,
        flight: Arc<Flight<M>>,
        attempt: &Attempt,
        now: Instant,
        ask: &mut dyn AnyAsk<M>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
        let nested = Nested::of(flight.name());
        let preparing = Preparing::new(engine, flight);
        request.forget_removed(engine);
        let (joined, dated) = (attempt.joined, request.dated);
        let mut looks = false;
        match looked_again(engine, &request, &preparing.flight.key, attempt) {
            SecondLook::Found(entry) => {
                let (flight, configuration) = (preparing.retire(entry.clone()), &*request.snapshot);
                let key = &flight.key;
                return ControlFlow::Break(found_again(
                    engine,
                    configuration,
                    key,
                    entry,
                    joined,
                    dated,
                ));
            }
            SecondLook::ByTheLoad(again) => {
                looks = !joined;
                request.first = First::Look { counts: !joined, again };
            }
            SecondLook::Needless if joined => {}
            SecondLook::Needless => engine.counters.loads.count(),
        }
        let snapshot = request.snapshot.clone();
        let started = preparing.start(request, now, ask, Some(cx));
        Self::started(engine, started, snapshot, (joined, looks, dated), nested)
    }

    /// Goes on with a load that has been polled.
    fn started(
        engine: &Engine<M>,
        (waiter, driven): (Waiter<M>, Driven),
        snapshot: Arc<M::Configuration>,
        (joined, looks, dated): (bool, bool, bool),
        nested: Option<Nested>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
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
                if !mem::take(&mut looked) && flight.runtime().entered() {
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

/// Looks again for a leader, who has the key by now.
fn looked_again<M: Threading>(
    engine: &Engine<M>,
    request: &Request<M>,
    key: &KeyOf<M>,
    attempt: &Attempt,
) -> SecondLook<M> {
    let configuration = &*request.snapshot;
    let untouched = |writes| {
        let hash = engine.fixed.then_some(request.hash);
        configuration.is_untouched(hash, writes)
    };
    match attempt.demand {
        Demand::Value if request.nothing.is_some_and(untouched) => SecondLook::Needless,
        Demand::Value => {
            let again = request.again_since(engine, attempt.endings);
            second_look(engine, configuration, key, request.hash, again)
        }
        _ => SecondLook::Needless,
    }
}

/// Ends a claim with an entry that is stored already.
#[cold]
fn retire<M: Threading>(engine: &Engine<M>, claim: Claim<'_, M>, entry: &CacheEntry<ValueOf<M>>) {
    if let Some(flight) = claim.end() {
        engine.flights.leave(&flight);
        flight.landing.land(Ok(entry.clone()));
    }
}

/// Answers a leader with what has been found at the second look.
#[cold]
fn found_again<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    entry: CacheEntry<ValueOf<M>>,
    joined: bool,
    dated: bool,
) -> AnyAnswer<M> {
    match joined {
        true => arrival(engine, configuration, Ok(entry), Source::Joined, dated),
        false => found(engine, configuration, key, Ok(entry), dated),
    }
}
