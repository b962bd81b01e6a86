//! A call that needs a load: it leads one or joins one.

use core::{future::poll_fn, task::Poll};

use super::{
    Answer, Going, answer, outcome,
    outcome::Source,
    passenger::{Passenger, seat},
    refuse,
};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    error::{Error, Failure},
    flight::{Ask, Boarding, Driven, Flight, Kind, within},
    load::{Ending, First, Launchpad},
    parts::Parts,
    reading,
    runtime::{Runtime, Task},
    statuses::{Landed, Turn, UpdateStatuses},
    sync::Arc,
};

/// How many abandoned flights a caller joins before it gives up. Each was dropped by its runtime.
const ATTEMPTS: usize = 16;

/// Brings a loaded value: by leading a flight, or by joining one.
///
/// Dropped, the caller leaves its flight, see [`Passenger`].
pub(super) async fn fly<P, L>(
    engine: &Arc<Engine<P>>,
    going: Going<P, L>,
    mut ask: Ask,
    endings: usize,
) -> Answer<P>
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    if !P::Statuses::BUILT_IN {
        return fly_registered(engine, going, ask, endings).await;
    }
    let (mut joined, mut attempts) = (false, ATTEMPTS);
    loop {
        let configuration = engine.source.current(&going.snapshot);
        let now = engine.runtime.now();
        let deadline = engine.deadline(configuration, now);
        match engine.flights.board(&going.key, ask, now, deadline, engine.runtime.bind()) {
            Boarding::Lead(flight) => {
                let passenger = Passenger::leading(engine, flight);
                return lead(engine, going, passenger, ask, endings, joined).await;
            }
            Boarding::Join(flight) => {
                let passenger = Passenger::joined(engine, flight);
                if !core::mem::replace(&mut joined, true) {
                    engine.counters.joins.count();
                }
                let landed = passenger.flight.landed().await;
                attempts -= 1;
                if attempts > 0 && matches!(*landed, Err(Failure::Abandoned)) {
                    continue;
                }
                return arrival(engine, configuration, &landed, Source::Joined);
            }
            Boarding::LeadAfter(flight, first) => {
                // What this load waits for must not depend on a leader who may not be polled.
                first.seat.hand_over();
                let going = Going { first: First::Wait(first), ..going };
                let passenger = Passenger::leading(engine, flight);
                return lead(engine, going, passenger, ask, endings, joined).await;
            }
            Boarding::Landed(landed) => match outcome::landed(engine, configuration, &landed) {
                Some(answer) => return Ok(answer),
                // Expired while it is being stored: what is loaded from now on will do.
                None => ask = engine.flights.after_now(),
            },
            Boarding::Recursive => return refuse(engine, Failure::Recursive),
            Boarding::Grounded => return refuse(engine, Failure::NoRuntime),
            Boarding::Busy => {}
        }
    }
}

/// Loads, unless the storage has something by now: one that need not wait is asked here, another one
/// by the load itself, which does not depend on a leader who may not be polled.
async fn lead<P, L>(
    engine: &Arc<Engine<P>>,
    mut going: Going<P, L>,
    mut passenger: Passenger<'_, P>,
    ask: Ask,
    endings: usize,
    joined: bool,
) -> Answer<P>
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    let snapshot = going.snapshot.clone();
    let configuration = engine.source.current(&snapshot);
    let seen = match ask {
        Ask::Value => second_look(engine, configuration, &going.key, endings),
        _ => SecondLook::Needless,
    };
    match seen {
        SecondLook::Found(entry) => {
            let landed = passenger.retire(entry);
            return found(engine, configuration, &landed, joined);
        }
        SecondLook::ByTheLoad => going.first = First::Look { counts: !joined },
        SecondLook::Needless if joined => {}
        SecondLook::Needless => engine.counters.loads.count(),
    }
    passenger.depart(engine, going, None);
    let landed = arrived(&passenger.flight).await;
    if passenger.flight.was_found() {
        return found(engine, configuration, &landed, joined);
    }
    let source = if joined { Source::Joined } else { Source::Loaded };
    arrival(engine, configuration, &landed, source)
}

/// What a leader finds who looks again before it loads.
enum SecondLook<V> {
    Found(CacheEntry<V>),
    /// The storage has to be waited for.
    ByTheLoad,
    /// Nothing can have been stored since the first look, or it was found not to be so.
    Needless,
}

fn second_look<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
    endings: usize,
) -> SecondLook<P::Value> {
    match reading::at_once(engine, configuration, key) {
        Some(seen) => seen.servable().map_or(SecondLook::Needless, SecondLook::Found),
        None if engine.flights.endings() != endings => SecondLook::ByTheLoad,
        None => SecondLook::Needless,
    }
}

/// Answers a leader who need not load after all.
fn found<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    landed: &Landed<P::Value, P::Error>,
    joined: bool,
) -> Answer<P> {
    if joined {
        return arrival(engine, configuration, landed, Source::Joined);
    }
    match outcome::landed(engine, configuration, landed) {
        Some(outcome) => Ok(outcome),
        // Expired on the way: as good as loaded just now.
        None => arrival(engine, configuration, landed, Source::Loaded),
    }
}

/// Drives the load until it has landed or somebody else drives it, and then waits.
async fn arrived<P: Parts>(flight: &Flight<P>) -> Arc<Landed<P::Value, P::Error>> {
    let landed = poll_fn(|cx| {
        let driven = match flight.landing.landed() {
            Some(landed) => return Poll::Ready(Some(landed)),
            None => flight.seat.drive(cx),
        };
        match (flight.landing.landed(), driven) {
            (None, Driven::Waits) => Poll::Pending,
            (landed, _) => Poll::Ready(landed),
        }
    });
    match landed.await {
        Some(landed) => landed,
        None => flight.landed().await,
    }
}

/// Answers a caller whose flight has landed.
fn arrival<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    landed: &Landed<P::Value, P::Error>,
    source: Source,
) -> Answer<P> {
    match landed {
        Ok(entry) => Ok(answer(configuration, entry.clone(), source, engine.runtime.now())),
        Err(failure) if source == Source::Joined => Err(Error::joined(failure.clone())),
        Err(failure) => Err(Error::led(failure.clone())),
    }
}

/// Leads or joins by a registry of the user's: the load is a task of its own from the start.
async fn fly_registered<P, L>(
    engine: &Arc<Engine<P>>,
    mut going: Going<P, L>,
    ask: Ask,
    endings: usize,
) -> Answer<P>
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    let snapshot = going.snapshot.clone();
    let configuration = engine.source.current(&snapshot);
    if ask != Ask::Value {
        engine.statuses.supersede(Some(&going.key));
    }
    let (runtime, now) = (engine.runtime.bind(), engine.runtime.now());
    let (wait, led) = match engine.statuses.mark_being_updated(&going.key, now) {
        Turn::Join(wait) => {
            engine.counters.joins.count();
            (wait, None)
        }
        Turn::Lead(ticket, wait) => {
            let Some(runtime) = runtime.clone() else {
                let grounded = Failure::NoRuntime;
                engine.statuses.mark_update_aborted(&going.key, &ticket, grounded.clone());
                return refuse(engine, grounded);
            };
            let deadline = engine.deadline(configuration, now);
            let key = going.key.clone();
            let flight = engine.flights.unlisted(key, Kind::Ordinary, deadline, runtime);
            let mut ending = Ending::new(engine, &flight, Some(ticket));
            let seen = match ask {
                Ask::Value => second_look(engine, configuration, &going.key, endings),
                _ => SecondLook::Needless,
            };
            match seen {
                SecondLook::Found(entry) => {
                    ending.land(Ok(entry.clone()));
                    drop(ending);
                    return found(engine, configuration, &Ok(entry), false);
                }
                SecondLook::ByTheLoad => going.first = First::Look { counts: true },
                SecondLook::Needless => engine.counters.loads.count(),
            }
            let ticket = ending.pass_on();
            seat(engine, &flight, going, ticket);
            flight.seat.hand_over();
            (wait, Some(flight))
        }
    };
    // A load with a timeout of its own ends by itself.
    let lock_timeout = match configuration.method_timeout() {
        None => engine.statuses.lock_timeout(),
        Some(_) => None,
    };
    let landed = match (lock_timeout, &runtime) {
        (Some(timeout), Some(runtime)) => within(timeout, runtime, wait).await,
        _ => Ok(wait.await),
    };
    let landed = landed.unwrap_or(Err(Failure::TimedOut));
    match led {
        None => arrival(engine, configuration, &landed, Source::Joined),
        Some(flight) if flight.was_found() => found(engine, configuration, &landed, false),
        Some(_) => arrival(engine, configuration, &landed, Source::Loaded),
    }
}
