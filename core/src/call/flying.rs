//! A call that needs a load: it leads one or joins one.

use core::{pin::pin, task::Context};

use super::{
    Answer, Going, answer, leader::Leader, outcome, outcome::Source, passenger::Passenger,
    patience::Patience, refusal, registered::fly_registered, stand_in::StandIn,
};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    error::{Error, Failure},
    flight::{Ask, Boarding},
    load::{First, Method},
    observer::Event,
    parts::Parts,
    planted::{self, Fault},
    runtime::Runtime,
    statuses::{Landed, UpdateStatuses},
    sync::Arc,
};

use alloc::boxed::Box;

/// A caller who has taken off.
pub(super) enum Aboard<'a, P: Parts, L> {
    /// The load is this caller's.
    Leading(Leader<'a, P>),
    /// It is somebody else's.
    Joined(Passenger<'a, P>, Going<P, L>, Errand),
    /// A registry of the user's says whose it is.
    Registered(Going<P, L>, P::Key, Errand),
}

/// A caller who has taken off, and what it can be answered with otherwise.
pub(super) struct Flown<'a, P: Parts, L> {
    pub(super) aboard: Aboard<'a, P, L>,
    pub(super) stand_in: Option<Box<StandIn<P>>>,
}

/// What a caller wants, and what it has been through.
pub(super) struct Errand {
    pub(super) ask: Ask,
    /// How many flights had ended when the caller looked into a storage that waits.
    pub(super) endings: usize,
    /// The caller has been counted, as one who joined.
    pub(super) joined: bool,
    attempts: usize,
}

/// How many abandoned flights a caller joins before it gives up. Each was dropped by its runtime.
const ATTEMPTS: usize = 16;

/// Leads a flight or joins one; with a context, a load is polled here for the first time.
pub(super) fn take_off<'a, P, L>(
    engine: &'a Arc<Engine<P>>,
    going: Going<P, L>,
    key: P::Key,
    ask: Ask,
    endings: usize,
    cx: Option<&mut Context<'_>>,
) -> Result<Answer<P>, Aboard<'a, P, L>>
where
    P: Parts,
    L: Method<P>,
{
    let errand = Errand { ask, endings, joined: false, attempts: ATTEMPTS };
    match P::Statuses::BUILT_IN {
        true => board(engine, going, key, errand, cx),
        false => Err(Aboard::Registered(going, key, errand)),
    }
}

/// Brings a value to a caller who has taken off: the loaded one, or what stands in for it once the
/// caller is out of patience, and then the load goes on. Dropped, the caller leaves its flight, see
/// [`Passenger`].
///
/// A flight that its runtime has dropped is followed by another one, which it joins or leads.
pub(super) async fn fly<P, L>(engine: &Arc<Engine<P>>, flown: Flown<'_, P, L>) -> Answer<P>
where
    P: Parts,
    L: Method<P>,
{
    let Flown { mut aboard, stand_in } = flown;
    let mut patience = Patience::of(engine, stand_in);
    loop {
        let (mut passenger, going, mut errand) = match aboard {
            Aboard::Registered(going, key, errand) => {
                // Boxed, as is what most callers do not need.
                let mut flying = Box::pin(fly_registered(engine, going, key, errand));
                return match patience.bound(flying.as_mut()).await {
                    Ok(answer) => patience.settle(engine, answer),
                    Err(stand_in) => stand_in.take(engine),
                };
            }
            Aboard::Leading(mut leader) => {
                let arrived = {
                    let arriving = pin!(leader.arrive(engine, patience.old()));
                    patience.bound(arriving).await
                };
                return match arrived {
                    Ok(answer) => patience.settle(engine, answer),
                    Err(stand_in) => {
                        leader.keep(engine);
                        stand_in.take(engine)
                    }
                };
            }
            Aboard::Joined(passenger, going, errand) => (passenger, going, errand),
        };
        let landed = {
            let landing = pin!(passenger.landed(patience.old()));
            patience.bound(landing).await
        };
        let landed = match landed {
            Ok(landed) => landed,
            Err(stand_in) => {
                passenger.flight.keep();
                return stand_in.take(engine);
            }
        };
        errand.attempts -= 1;
        if errand.attempts == 0 || !matches!(*landed, Err(Failure::Abandoned)) {
            let configuration = engine.source.current(&going.snapshot);
            let landed = Landed::clone(&landed);
            let answer = arrival(engine, configuration, landed, Source::Joined, going.dated);
            return patience.settle(engine, answer);
        }
        let key = passenger.flight.key.clone();
        drop(passenger);
        match board(engine, going, key, errand, None) {
            Ok(answer) => return patience.settle(engine, answer),
            Err(next) => aboard = next,
        }
    }
}

fn board<'a, P, L>(
    engine: &'a Arc<Engine<P>>,
    going: Going<P, L>,
    key: P::Key,
    mut errand: Errand,
    cx: Option<&mut Context<'_>>,
) -> Result<Answer<P>, Aboard<'a, P, L>>
where
    P: Parts,
    L: Method<P>,
{
    let (mut key, hash) = (Some(key), going.hash);
    loop {
        let configuration = engine.source.current(&going.snapshot);
        let ((now, deadline), runtime) = (engine.begin(configuration), engine.runtime.bind());
        match engine.flights.board(&mut key, hash, errand.ask, now, deadline, runtime) {
            Boarding::Lead(flight) => {
                return Leader::lead(engine, going, flight, errand, now, cx)
                    .map_err(Aboard::Leading);
            }
            Boarding::Join(flight) => {
                let passenger = Passenger::joined(engine, flight);
                if !core::mem::replace(&mut errand.joined, true) {
                    engine.counters.joins.count();
                    if planted::is(Fault::CountedTwice) {
                        engine.counters.joins.count();
                    }
                    engine.tell(|| Event::Joined { key: &passenger.flight.key });
                }
                return Err(Aboard::Joined(passenger, going, errand));
            }
            Boarding::LeadAfter(flight, first) => {
                // What this load waits for must not depend on a leader who may not be polled.
                first.hand_over();
                let going = Going { first: First::Wait(first), ..going };
                return Leader::lead(engine, going, flight, errand, now, cx)
                    .map_err(Aboard::Leading);
            }
            Boarding::Landed(landed, newer) => {
                let joined = errand.joined;
                match outcome::landed(engine, configuration, &landed, joined, going.dated) {
                    Some(answer) => return Ok(answer),
                    // Expired while it is being stored: what comes after it will do.
                    None => errand.ask = Ask::After(newer),
                }
            }
            Boarding::Recursive => return Ok(Err(refused(engine, &errand, Failure::Recursive))),
            Boarding::Grounded => return Ok(Err(refused(engine, &errand, Failure::NoRuntime))),
            Boarding::Busy => {}
        }
    }
}

/// Fails a call without a load. Who has joined a flight before has been counted, and stays a joiner.
fn refused<P: Parts>(
    engine: &Engine<P>,
    errand: &Errand,
    failure: Failure<P::Error>,
) -> Error<P::Error> {
    if errand.joined { Error::joined(failure) } else { refusal(engine, failure) }
}

/// Answers a caller whose flight has landed.
pub(super) fn arrival<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    landed: Landed<P::Value, P::Error>,
    source: Source,
    dated: bool,
) -> Answer<P> {
    match landed {
        Ok(entry) => answer(engine, configuration, entry, source, dated),
        Err(failure) if source == Source::Joined => Err(Error::joined(failure)),
        Err(failure) => Err(Error::led(failure)),
    }
}
