//! A caller who leads a flight.

use core::{
    future::poll_fn,
    task::{Context, Poll},
};

use super::{
    Answer, Going,
    flying::{Errand, arrival},
    outcome::{Source, landed},
    passenger::Passenger,
    prompt::{Prompt, is_prompt, prompt},
};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    flight::{Ask, Driven, Flight},
    load::{First, Method, Past},
    parts::Parts,
    planted::{self, Fault},
    reading,
    storage::CacheStorage,
    sync::Arc,
    time::Instant,
};

/// Drives its load as long as it is alone with it.
pub(super) struct Leader<'a, P: Parts> {
    passenger: Passenger<'a, P>,
    snapshot: P::Snapshot,
    /// The caller had joined another flight before.
    joined: bool,
    /// The load looks first, and counts this leader if it has to begin.
    looks: bool,
    dated: bool,
    /// The load waits, as has just been seen: it will wake this leader, who need not poll it again.
    waits: bool,
}

impl<'a, P: Parts> Leader<'a, P> {
    /// Loads, unless the storage has something by now: one that need not wait is asked here, another
    /// one by the load itself, which does not depend on a leader who may not be polled.
    pub(super) fn lead<L>(
        engine: &'a Arc<Engine<P>>,
        mut going: Going<P, L>,
        flight: Arc<Flight<P>>,
        errand: Errand,
        now: Instant,
        cx: Option<&mut Context<'_>>,
    ) -> Result<Answer<P>, Self>
    where
        L: Method<P>,
    {
        let passenger = Passenger::leading(engine, flight);
        let (snapshot, joined, dated) = (going.snapshot.clone(), errand.joined, going.dated);
        let mut leader = Self { passenger, snapshot, joined, looks: false, dated, waits: false };
        let configuration = engine.source.current(&going.snapshot);
        let untouched = |writes| {
            let hash = P::Source::FIXED.then_some(going.hash);
            configuration.storage().is_untouched(hash, writes)
        };
        let seen = match errand.ask {
            Ask::Value if going.nothing.is_some_and(untouched) => SecondLook::Needless,
            Ask::Value => {
                let key = &leader.passenger.flight.key;
                second_look(engine, &going.snapshot, key, going.hash, errand.endings)
            }
            _ => SecondLook::Needless,
        };
        match seen {
            SecondLook::Found(entry) => {
                leader.passenger.retire(entry);
                return Ok(leader.found(engine));
            }
            SecondLook::ByTheLoad => {
                leader.looks = !joined;
                going.first = First::Look { counts: !joined };
            }
            SecondLook::Needless if joined => {}
            SecondLook::Needless => engine.counters.loads.count(),
        }
        leader.waits = cx.is_some();
        let driven = match cx {
            Some(cx) if is_prompt(engine, configuration, &going) => {
                match prompt(engine, &leader.passenger.flight, going, now, cx) {
                    Prompt::Landed(landed) => {
                        leader.passenger.arrive();
                        let configuration = engine.source.current(&leader.snapshot);
                        return Ok(arrival(engine, configuration, landed, leader.source(), dated));
                    }
                    Prompt::Waits(waiting) => leader.passenger.embark(engine, waiting, cx),
                }
            }
            cx => leader.passenger.depart(engine, going, now, cx),
        };
        leader.waits &= driven == Driven::Waits;
        if driven == Driven::Ended { Ok(leader.answer(engine)) } else { Err(leader) }
    }

    /// Drives the load until it has landed or somebody else drives it, and then waits; `old` is what
    /// the caller has otherwise, by its times.
    pub(super) async fn arrive(&mut self, engine: &Engine<P>, old: Past<P::Value>) -> Answer<P> {
        let landed = poll_fn(|cx| {
            if self.passenger.flight.landing.has_landed() {
                return Poll::Ready(true);
            }
            if core::mem::take(&mut self.waits) {
                return Poll::Pending;
            }
            let driven = self.passenger.drive(cx);
            match (self.passenger.flight.landing.has_landed(), driven) {
                (false, Driven::Waits) => Poll::Pending,
                (landed, _) => Poll::Ready(landed),
            }
        });
        if !landed.await {
            self.passenger.landed(old).await;
        }
        self.answer(engine)
    }

    /// Sees to it that the load goes on when this leader has gone, who has led it.
    pub(super) fn keep(&self, engine: &Engine<P>) {
        self.passenger.flight.keep();
        self.count(engine);
    }

    /// Counts a leader whose load looks first and has not counted it.
    fn count(&self, engine: &Engine<P>) {
        if self.looks && self.passenger.flight.begin() {
            engine.counters.loads.count();
        }
    }

    fn answer(&self, engine: &Engine<P>) -> Answer<P> {
        if self.passenger.flight.was_found() {
            return self.found(engine);
        }
        // A load that was dropped on its way to the storage has counted nobody.
        self.count(engine);
        self.arrival(engine, self.source())
    }

    const fn source(&self) -> Source {
        if self.joined { Source::Joined } else { Source::Loaded }
    }

    /// Answers a leader who need not load after all.
    fn found(&self, engine: &Engine<P>) -> Answer<P> {
        if self.joined {
            return self.arrival(engine, Source::Joined);
        }
        let configuration = engine.source.current(&self.snapshot);
        let found = self.passenger.flight.landing.landed();
        match found.and_then(|found| landed(engine, configuration, &found, false, self.dated)) {
            Some(answer) => answer,
            // Expired on the way: as good as loaded just now.
            None => {
                engine.counters.loads.count();
                self.arrival(engine, Source::Loaded)
            }
        }
    }

    fn arrival(&self, engine: &Engine<P>, source: Source) -> Answer<P> {
        let configuration = engine.source.current(&self.snapshot);
        let landed = self.passenger.flight.outcome();
        arrival(engine, configuration, landed, source, self.dated)
    }
}

/// What a leader finds who looks again before it loads.
pub(super) enum SecondLook<V> {
    Found(CacheEntry<V>),
    /// The storage has to be waited for.
    ByTheLoad,
    /// Nothing can have been stored since the first look, or it was found not to be so.
    Needless,
}

pub(super) fn second_look<P: Parts>(
    engine: &Engine<P>,
    snapshot: &P::Snapshot,
    key: &P::Key,
    hash: u64,
    endings: usize,
) -> SecondLook<P::Value> {
    match reading::at_once(engine, engine.source.current(snapshot), key, hash) {
        // What others may share comes from the storage of the moment, asked after the look.
        Some(seen) => match seen.servable().filter(|_| engine.source.is_current(snapshot)) {
            Some(entry) => SecondLook::Found(entry),
            None => SecondLook::Needless,
        },
        None if engine.flights.endings() != endings && !planted::is(Fault::NoSecondLook) => {
            SecondLook::ByTheLoad
        }
        None => SecondLook::Needless,
    }
}
