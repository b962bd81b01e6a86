//! A caller that leads a flight.

use core::{
    ops::ControlFlow,
    task::{Context, Poll, ready},
};

use super::{
    answer::{arrival, found, refusal},
    attempt::{Attempt, SecondLook, second_look},
    request::Request,
    soft_timeout::SoftTimeout,
    waiter::{Preparing, Waiter},
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::{Error, Failure},
    flights::{Demand, Driven, Flight, Nested, is_deep_to_wait},
    load::First,
    outcome::Source,
    planted::{self, Fault},
    runtime::{AnyAnswer, AnyAsk, AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

/// Drives its load as long as it is alone with it.
pub(crate) struct Leader<M: Threading> {
    waiter: Waiter<M>,
    snapshot: Arc<M::Configuration>,
    /// The caller had joined another flight before.
    joined: bool,
    /// The load looks first, or asks a registry, and counts this leader if it has to begin.
    looks: bool,
    dated: bool,
    /// The calling load waits for this load.
    _nested: Option<Nested>,
    stage: LeaderStage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LeaderStage {
    /// The load waits, as has just been seen: it will wake this leader, and need not be polled
    /// again.
    Polled,
    /// The leader polls the load.
    Drives,
    /// A task drives it, and the leader beside that.
    Waits,
}

impl<M: Threading> Leader<M> {
    /// Loads, unless the storage has an entry by now: a storage that need not wait is asked here,
    /// another one by the load itself, which does not depend on a leader that may not be polled.
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
                looks = true;
                request.first = First::Look(again);
            }
            // The load asks a registry whether it leads.
            SecondLook::Needless if engine.tickets.is_some() => looks = true,
            SecondLook::Needless if joined => {}
            SecondLook::Needless => engine.counters.loads.count(),
        }
        if looks && joined {
            preparing.flight.begin();
        }
        let snapshot = request.snapshot.clone();
        let started = preparing.start(request, now, ask, Some(cx));
        Self::started(engine, started, snapshot, (joined, looks, dated), nested)
    }

    /// Goes on with a load that has been polled.
    pub(super) fn started(
        engine: &Engine<M>,
        (waiter, driven): (Waiter<M>, Driven),
        snapshot: Arc<M::Configuration>,
        (joined, looks, dated): (bool, bool, bool),
        nested: Option<Nested>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
        let mut stage =
            if driven == Driven::Waits { LeaderStage::Polled } else { LeaderStage::Drives };
        if stage == LeaderStage::Polled && is_deep_to_wait() {
            waiter.flight.hand_over_alone();
            stage = LeaderStage::Drives;
        }
        let leader = Self { waiter, snapshot, joined, looks, dated, _nested: nested, stage };
        match driven {
            Driven::Ended => ControlFlow::Break(leader.answer(engine)),
            _ => ControlFlow::Continue(leader),
        }
    }

    /// Drives the load until it has landed or another drives it, and then waits; `soft` is the
    /// caller's alternative.
    pub(super) fn poll_arrive(
        &mut self,
        engine: &Engine<M>,
        soft: &SoftTimeout<M>,
        cx: &mut Context<'_>,
    ) -> Poll<AnyAnswer<M>> {
        match self.stage {
            LeaderStage::Polled => {
                self.stage = LeaderStage::Drives;
                if !self.waiter.flight.landing.has_landed() {
                    return Poll::Pending;
                }
            }
            LeaderStage::Drives => {
                if !self.waiter.flight.landing.has_landed() {
                    let driven = self.waiter.drive(cx);
                    if !self.waiter.flight.landing.has_landed() {
                        if driven == Driven::Waits {
                            return Poll::Pending;
                        }
                        self.stage = LeaderStage::Waits;
                        ready!(self.waiter.poll_landed(soft, cx));
                    }
                }
            }
            LeaderStage::Waits => {
                // The task may have come to a thread that this very caller keeps busy.
                let drives = !planted::is(Fault::LeaderGivesUp);
                if drives && self.waiter.flight.runtime().entered() {
                    self.waiter.flight.drive(cx);
                }
                ready!(self.waiter.poll_landed(soft, cx));
            }
        }
        Poll::Ready(self.answer(engine))
    }

    /// Lets the load go on when this leader has gone, and counts the leader.
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
        let (joined, outcome) = (self.joined || flight.was_elsewhere(), flight.outcome());
        if engine.flights.is_closed() && !joined && matches!(outcome, Err(Failure::Closed)) {
            return Err(self.refused(engine));
        }
        if flight.was_found() && !joined {
            return found(engine, &self.snapshot, &flight.key, outcome, dated);
        }
        if !flight.was_found() {
            // A load that was dropped on its way to the storage has counted no caller.
            self.count(engine);
        }
        let source = if joined { Source::Joined } else { Source::Loaded };
        arrival(engine, &self.snapshot, outcome, source, dated)
    }

    /// Fails a leader whose load does not begin any more. If the load was counted before, as it was
    /// to begin, that is taken back.
    #[cold]
    fn refused(&self, engine: &Engine<M>) -> Error<ErrorOf<M>> {
        if !self.looks || !self.waiter.flight.was_found() {
            engine.counters.loads.take_back();
        }
        refusal(engine, Failure::Closed)
    }
}

/// Looks again for a leader, which has the key by now.
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
        // The load looks, once it has asked the registry.
        Demand::Value if engine.tickets.is_some() => request
            .again_since(engine, attempt.endings)
            .map_or(SecondLook::Needless, SecondLook::ByTheLoad),
        Demand::Value => {
            let again = request.again_since(engine, attempt.endings);
            second_look(engine, configuration, key, (request.hash, &request.limits), again)
        }
        _ => SecondLook::Needless,
    }
}

/// Answers a leader with the entry of the second look.
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
