//! A call by a registry of the user's: the load is a task of its own from the start.

use super::{
    Answer, Going,
    flying::{Errand, arrival},
    leader::{SecondLook, second_look},
    outcome::{Source, landed},
    passenger::load,
    refusal,
};
use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    error::Failure,
    flight::{Ask, Flight, Kind, within},
    load::{Ending, First, Method},
    observer::Event,
    parts::Parts,
    runtime::Runtime,
    statuses::{Turn, UpdateStatuses},
    sync::Arc,
};

/// Leads or joins, and awaits what the registry brings.
pub(super) async fn fly_registered<P, L>(
    engine: &Arc<Engine<P>>,
    mut going: Going<P, L>,
    key: P::Key,
    errand: Errand,
) -> Answer<P>
where
    P: Parts,
    L: Method<P>,
{
    let (snapshot, dated, hash) = (going.snapshot.clone(), going.dated, going.hash);
    let configuration = engine.source.current(&snapshot);
    if errand.ask != Ask::Value {
        engine.statuses.supersede(Some(&key));
    }
    let ((now, deadline), runtime) = (engine.begin(configuration), engine.runtime.bind());
    let mut looks = false;
    let (wait, led) = match engine.statuses.mark_being_updated(&key, now) {
        Turn::Join(wait) => {
            engine.counters.joins.count();
            engine.tell(|| Event::Joined { key: &key });
            (wait, None)
        }
        Turn::Lead(ticket, wait) => {
            let Some(runtime) = runtime.clone() else {
                let grounded = Failure::NoRuntime;
                engine.statuses.mark_update_aborted(&key, &ticket, grounded.clone());
                return Err(refusal(engine, grounded));
            };
            let flight = Flight::new(key, hash, 0, Kind::Ordinary, deadline, runtime);
            let flight = Arc::new(flight);
            let mut ending = Ending::new(engine, &flight, Some(ticket));
            let seen = match errand.ask {
                Ask::Value => second_look(engine, &snapshot, &flight.key, hash, errand.endings),
                _ => SecondLook::Needless,
            };
            match seen {
                SecondLook::Found(entry) => {
                    ending.land(Ok(entry.clone()));
                    drop(ending);
                    return found(engine, configuration, entry, dated);
                }
                SecondLook::ByTheLoad => {
                    looks = true;
                    going.first = First::Look { counts: true };
                }
                SecondLook::Needless => engine.counters.loads.count(),
            }
            let ticket = ending.pass_on();
            flight.seat(load(engine, &flight, going, ticket, None));
            flight.hand_over();
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
    match (led, landed) {
        (None, landed) => arrival(engine, configuration, landed, Source::Joined, dated),
        (Some(flight), Ok(entry)) if flight.was_found() => {
            found(engine, configuration, entry, dated)
        }
        (Some(flight), landed) => {
            // A load that was dropped on its way to the storage has counted nobody.
            if looks && flight.begin() {
                engine.counters.loads.count();
            }
            arrival(engine, configuration, landed, Source::Loaded, dated)
        }
    }
}

/// Answers a leader who need not load after all.
fn found<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    entry: CacheEntry<P::Value>,
    dated: bool,
) -> Answer<P> {
    let found = Ok(entry);
    match landed(engine, configuration, &found, false, dated) {
        Some(answer) => answer,
        // Expired on the way: as good as loaded just now.
        None => {
            engine.counters.loads.count();
            arrival(engine, configuration, found, Source::Loaded, dated)
        }
    }
}

/// Starts one load in the background, unless the registry has one.
pub(super) fn refresh_registered<P, L>(engine: &Arc<Engine<P>>, going: Going<P, L>, key: P::Key)
where
    P: Parts,
    L: Method<P>,
{
    let Some(runtime) = engine.runtime.bind() else { return };
    if engine.statuses.is_being_updated(&key) {
        return;
    }
    let (now, deadline) = engine.begin(engine.source.current(&going.snapshot));
    if let Turn::Lead(ticket, _) = engine.statuses.mark_being_updated(&key, now) {
        engine.counters.refreshes.count();
        let flight = Flight::new(key, going.hash, 0, Kind::Refresh, deadline, runtime);
        let flight = Arc::new(flight);
        flight.seat(load(engine, &flight, going, Some(ticket), None));
        flight.hand_over();
    }
}
