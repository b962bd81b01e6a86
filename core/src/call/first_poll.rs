//! A load that its caller polls at once, before any other caller meets it.

use core::{
    any::Any,
    ops::ControlFlow,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    aboard::{Aboard, Wait},
    answer::arrival,
    leader::Leader,
    waiter::{Polled, Preparing},
};
use crate::{
    cached::Cached,
    engine::Engine,
    entry::CacheEntry,
    entry_builder::{CacheEntryBuilder, ProvidedLifeSpanCacheEntryBuilder},
    error::Failure,
    flights::{Claim, Claimant, Flight, Kind, Nested, Polling, Subject, is_deep},
    freshness::is_dead,
    future::{contained, drop_contained},
    load::{conclude, started, sweep},
    outcome::Source,
    planted::{self, Fault},
    resilience::{Dice, Resilience},
    runtime::{AnyAnswer, AnyClock, Called, CalledIn, ErrorOf, KeyOf, Make, Threading, ValueOf},
    sync::Arc,
    time::Instant,
    types::LandedOf,
};

/// A caller that polls the load of a claim, as long as its types are known. Dropped, the claim
/// ends: its flight, if there is one, as abandoned.
pub(crate) struct FirstPoll<'a, M: Threading> {
    engine: &'a Arc<Engine<M>>,
    claim: Claim,
    begun: Instant,
    /// The calling load waits for this one.
    nested: Option<Nested>,
    over: bool,
}

/// How a first poll ends.
pub(crate) enum FirstPolled<M: Threading> {
    /// The load has ended, and its result is in its place.
    Ended,
    Panicked(Arc<str>),
    Waits(CalledIn<M>),
}

/// The times of a value that has been loaded.
pub(crate) struct Dated {
    pub(crate) times: CacheEntry<()>,
    /// When it was made.
    pub(crate) now: Instant,
    pub(crate) took: Duration,
    /// It is not to be stored.
    pub(crate) kept_out: bool,
}

impl<'a, M: Threading> FirstPoll<'a, M> {
    /// Claims a key, if nothing else has to do with it and nothing has to come before the load: for
    /// a caller in the runtime's context with room on its stack.
    pub(crate) fn begin(
        engine: &'a Arc<Engine<M>>,
        hash: u64,
        forced: bool,
        timeout: Option<Duration>,
        claimant: &mut dyn Claimant<M>,
    ) -> Option<Self> {
        if !engine.asks_nothing
            || engine.failures.any()
            || !engine.runtime.entered()
            || is_deep()
            || !engine.runtime.can_bind()
        {
            return None;
        }
        let (begun, deadline) = engine.begin_with(timeout);
        if deadline <= begun {
            return None;
        }
        let kind = if forced { Kind::Forced } else { Kind::Ordinary };
        let claim = engine.flights.claim(hash, kind, deadline, claimant)?;
        let nested = Nested::of(claim.name);
        Some(Self { engine, claim, begun, nested, over: false })
    }

    /// Makes the load and polls it. Where there is an observer, it gets the `key`.
    pub(crate) fn poll(
        &self,
        ask: &mut dyn Make<M>,
        key: Option<&KeyOf<M>>,
        cx: &mut Context<'_>,
        yielded: &mut dyn Any,
    ) -> FirstPolled<M> {
        let _inside = Polling::of(self.claim.name);
        if let Some(key) = key {
            started(self.engine, self.subject(key));
        }
        let mut called = match contained(|| ask.make(None)) {
            Ok(called) => called,
            Err(panic) => return FirstPolled::Panicked(panic),
        };
        match contained(|| called.as_mut().poll_into(cx, yielded)) {
            Ok(Poll::Pending) => FirstPolled::Waits(called),
            Ok(Poll::Ready(())) => {
                drop_contained(called);
                FirstPolled::Ended
            }
            Err(panic) => {
                drop_contained(called);
                FirstPolled::Panicked(panic)
            }
        }
    }

    /// Returns whether the load's result may still be stored.
    pub(crate) fn is_current(&self) -> bool {
        self.engine.flights.is_current(&self.claim)
    }

    /// Sets the times of the load's value, and counts the time that it took.
    pub(crate) fn date(
        &self,
        builder: &ProvidedLifeSpanCacheEntryBuilder,
        own: Cached<()>,
        told: bool,
    ) -> Dated {
        let Engine { runtime, settings, counters, dice, .. } = &**self.engine;
        let (now, resilience) = (runtime.now(), &settings.resilience);
        let took = now.saturating_since(self.begun);
        // If an observer is told, that is counted then.
        if !told && !took.is_zero() {
            counters.load_time.add(took);
        }
        dated(builder, resilience, dice, own, now, took)
    }

    /// Reports the load's value to the observer.
    #[cold]
    pub(crate) fn tell(&self, key: &KeyOf<M>, value: ValueOf<M>, dated: &Dated) {
        let landed = Ok(dated.times.with(value));
        let current = || self.is_current();
        conclude(self.engine, self.subject(key), &landed, None, dated.now, dated.took, &current);
    }

    /// Ends the claim, and returns its flight if there is one, which [`share`] has to end.
    pub(crate) fn end(&mut self, claimant: &mut dyn Claimant<M>) -> Option<Arc<Flight<M>>> {
        self.over = true;
        let flight = self.engine.flights.end(&self.claim, claimant);
        sweep(self.engine, &self.engine.runtime);
        flight
    }

    /// Takes back a load that is needless.
    #[cold]
    pub(crate) fn retire(&self) {
        self.engine.flights.uncount(&self.claim);
    }

    /// Ends the claim of a load that has failed.
    #[cold]
    pub(crate) fn fail(
        &mut self,
        claimant: &mut dyn Claimant<M>,
        key: &KeyOf<M>,
        failure: Failure<ErrorOf<M>>,
    ) -> AnyAnswer<M> {
        let engine = self.engine;
        let now = engine.runtime.now();
        let (landed, took) = (Err(failure), now.saturating_since(self.begun));
        let current = || self.is_current();
        conclude(engine, self.subject(key), &landed, None, now, took, &current);
        match self.end(claimant) {
            None => arrival(engine, &engine.snapshot(), landed, Source::Loaded, false),
            Some(flight) => share(engine, &flight, landed, &engine.snapshot(), false),
        }
    }

    /// Leaves a load that waits to its flight.
    #[cold]
    pub(crate) fn wait(
        &mut self,
        claimant: &mut dyn Claimant<M>,
        key: KeyOf<M>,
        polled: Polled<M>,
        dated: bool,
        wait: &mut Wait<M>,
        cx: &mut Context<'_>,
    ) -> ControlFlow<AnyAnswer<M>> {
        self.over = true;
        let (engine, snapshot) = (self.engine, polled.snapshot.clone());
        let flight = engine.flights.flight_of(&self.claim, claimant, key);
        flight.tell_begin();
        let started = Preparing::new(engine, flight).start_polled(polled, cx);
        let nested = self.nested.take();
        let led = Leader::started(engine, started, snapshot, (false, false, dated), nested);
        led.map_continue(|leader| wait.aboard = Some(Aboard::Leading(leader)))
    }

    const fn subject<'k>(&self, key: &'k KeyOf<M>) -> Subject<'k, M> {
        Subject { key, hash: self.claim.hash, kind: self.claim.kind }
    }
}

impl<M: Threading> Drop for FirstPoll<'_, M> {
    fn drop(&mut self) {
        if !self.over
            && let Some(flight) = self.engine.flights.abandon(&self.claim)
        {
            self.engine.flights.leave(&flight);
            flight.landing.land(Err(Failure::Abandoned));
        }
    }
}

/// Makes the times of a value that was made at `now`.
pub(super) fn dated(
    builder: &ProvidedLifeSpanCacheEntryBuilder,
    resilience: &Resilience,
    dice: &Dice,
    own: Cached<()>,
    now: Instant,
    took: Duration,
) -> Dated {
    let kept_out = own.is_kept_out();
    let entry = own.built(now, |()| builder.build(&(), (), now));
    let times = resilience.dated(entry, took, dice);
    let kept_out =
        kept_out || planted::is(Fault::DeadLeavesOlder) && is_dead(&times, times.created);
    Dated { times, now, took, kept_out }
}

/// Ends a flight that others have joined or superseded, and answers its leader.
#[cold]
pub(crate) fn share<M: Threading>(
    engine: &Engine<M>,
    flight: &Arc<Flight<M>>,
    landed: LandedOf<M>,
    configuration: &M::Configuration,
    dated: bool,
) -> AnyAnswer<M> {
    let landed = match engine.flights.leave(flight) {
        true => landed,
        false => {
            flight.landing.land(landed);
            let landed = flight.landing.landed();
            landed.map_or(Err(Failure::Abandoned), |landed| LandedOf::<M>::clone(&landed))
        }
    };
    arrival(engine, configuration, landed, Source::Loaded, dated)
}
