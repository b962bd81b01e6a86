//! A call that needs a load: it leads one or joins one.

use core::{future::poll_fn, task::Poll};

use super::{
    Answer, Going, answer, outcome,
    outcome::Source,
    passenger::{Passenger, seat},
    reading::again,
    refuse,
};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    error::{Error, Failure},
    flight::{Ask, Boarding, Driven, Flight, Kind, within},
    load::{Ending, Launchpad},
    parts::Parts,
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
            Boarding::Behind(flight) => {
                flight.seat.hand_over();
                flight.over().await;
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

/// Loads, unless the storage has something by now.
async fn lead<P, L>(
    engine: &Arc<Engine<P>>,
    going: Going<P, L>,
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
    if ask == Ask::Value
        && let Some(entry) = again(engine, configuration, &going.key, endings).await.servable()
    {
        let landed = passenger.retire(entry);
        if joined {
            return arrival(engine, configuration, &landed, Source::Joined);
        }
        if let Some(outcome) = outcome::landed(engine, configuration, &landed) {
            return Ok(outcome);
        }
        return arrival(engine, configuration, &landed, Source::Loaded);
    }
    if !joined {
        engine.counters.loads.count();
    }
    passenger.depart(engine, going, None);
    let landed = arrived(&passenger.flight).await;
    let source = if joined { Source::Joined } else { Source::Loaded };
    arrival(engine, configuration, &landed, source)
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
    going: Going<P, L>,
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
    let (wait, source) = match engine.statuses.mark_being_updated(&going.key, now) {
        Turn::Join(wait) => {
            engine.counters.joins.count();
            (wait, Source::Joined)
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
            if ask == Ask::Value
                && let Some(entry) =
                    again(engine, configuration, &going.key, endings).await.servable()
            {
                ending.land(Ok(entry.clone()));
                drop(ending);
                let landed = Ok(entry);
                return match outcome::landed(engine, configuration, &landed) {
                    Some(outcome) => Ok(outcome),
                    None => arrival(engine, configuration, &landed, Source::Loaded),
                };
            }
            engine.counters.loads.count();
            let ticket = ending.pass_on();
            seat(engine, &flight, going, ticket);
            flight.seat.hand_over();
            (wait, Source::Loaded)
        }
    };
    let landed = match (engine.statuses.lock_timeout(), &runtime) {
        (Some(timeout), Some(runtime)) => within(timeout, runtime, wait).await,
        _ => Ok(wait.await),
    };
    let landed = landed.unwrap_or(Err(Failure::TimedOut));
    arrival(engine, configuration, &landed, source)
}
