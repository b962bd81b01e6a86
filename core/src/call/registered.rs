//! A call by a registry of the user's: the load is a task of its own from the start.

use core::ops::ControlFlow;

use super::{
    answer::{arrival, found, refusal},
    attempt::{Attempt, SecondLook, second_look},
    request::Request,
    waiter::task,
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    error::Failure,
    flights::{Beginning, Demand, Flight, Kind, Nested},
    future::within,
    load::{Ending, First},
    observer::Event,
    outcome::Source,
    runtime::{AnyAnswer, AnyAsk, AnyClock, KeyOf, Threading},
    statuses::{AnyRegistry, Turn},
    sync::Arc,
    types::{FutureOf, LandedOf},
};

/// A caller who waits for what the registry yields.
pub(crate) struct Registered<M: Threading> {
    wait: FutureOf<M, LandedOf<M>>,
    /// The flight, if it is this caller's.
    led: Option<Arc<Flight<M>>>,
    /// The load that makes this call waits for it.
    nested: Option<Nested>,
    /// The load looks first, and counts this caller if it has to begin.
    looks: bool,
    snapshot: Arc<M::Configuration>,
    dated: bool,
    runtime: Option<Arc<M::Clock>>,
}

impl<M: Threading> Registered<M> {
    /// Leads or joins.
    pub(crate) fn begin(
        engine: &Arc<Engine<M>>,
        mut request: Request<M>,
        key: KeyOf<M>,
        attempt: Attempt,
        ask: &mut dyn AnyAsk<M>,
    ) -> ControlFlow<AnyAnswer<M>, Self> {
        let Some(registry) = engine.own_registry() else { unreachable!("there is one") };
        let (snapshot, dated) = (request.snapshot.clone(), request.dated);
        let configuration = &*snapshot;
        let inside = engine.flights.is_polled_here(&key, request.hash);
        if attempt.demand != Demand::Value {
            if inside {
                return ControlFlow::Break(Err(refusal(engine, Failure::Recursive)));
            }
            registry.supersede(Some(&key));
        }
        let ((now, deadline), runtime) = (engine.begin(configuration), engine.runtime.bind());
        let (mut looks, mut nested) = (false, None);
        let (wait, led) = match registry.mark_being_updated(&key, now) {
            // What it would wait for waits for it.
            Turn::Join(_) if inside => {
                return ControlFlow::Break(Err(refusal(engine, Failure::Recursive)));
            }
            Turn::Join(wait) => {
                engine.counters.joins.count();
                engine.tell(|| Event::Joined { key: &key });
                (wait, None)
            }
            Turn::Lead(ticket, wait) => {
                let Some(runtime) = runtime.clone() else {
                    let failure = Failure::NoRuntime;
                    registry.mark_update_aborted(&key, &ticket, failure.clone());
                    return ControlFlow::Break(Err(refusal(engine, failure)));
                };
                let kind = match attempt.demand {
                    Demand::Value => Kind::Ordinary,
                    _ => Kind::Forced,
                };
                let (hash, turn, drive) = (request.hash, 0, engine.flights.drive);
                let beginning =
                    Beginning { key, hash, turn, kind, deadline, runtime: Some(runtime), drive };
                let flight = Arc::new(Flight::new(beginning));
                engine.flights.list(&flight);
                let mut ending = Ending::new(engine, &flight, Some(ticket));
                let seen = match attempt.demand {
                    Demand::Value => second_look(
                        engine,
                        configuration,
                        &flight.key,
                        request.hash,
                        request.again_since(engine, attempt.endings),
                    ),
                    _ => SecondLook::Needless,
                };
                match seen {
                    SecondLook::Found(entry) => {
                        ending.land(Ok(entry.clone()));
                        drop(ending);
                        return ControlFlow::Break(found(
                            engine,
                            configuration,
                            &flight.key,
                            Ok(entry),
                            dated,
                        ));
                    }
                    SecondLook::ByTheLoad(again) => {
                        looks = true;
                        request.first = First::Look { counts: true, again };
                    }
                    SecondLook::Needless => engine.counters.loads.count(),
                }
                let ticket = ending.pass_on();
                request.forget_removed(engine);
                flight.start(task(engine, &flight, &mut request, ask, ticket, None));
                nested = Nested::of(flight.name());
                flight.hand_over_alone();
                (wait, Some(flight))
            }
        };
        ControlFlow::Continue(Self { wait, led, nested, looks, snapshot, dated, runtime })
    }

    /// Waits for what the registry yields.
    pub(crate) async fn landed(self, engine: &Engine<M>) -> AnyAnswer<M> {
        let Self { wait, led, nested: _nested, looks, snapshot, dated, runtime } = self;
        // A load with a timeout of its own ends by itself.
        let lock_timeout = match snapshot.method_timeout() {
            None => engine.lock_timeout(),
            Some(_) => None,
        };
        let landed = match (lock_timeout, &runtime) {
            (Some(timeout), Some(runtime)) => within::<_, M>(timeout, runtime, wait).await,
            _ => Ok(wait.await),
        };
        let landed = landed.unwrap_or(Err(Failure::TimedOut));
        match (led, landed) {
            (None, landed) => arrival(engine, &snapshot, landed, Source::Joined, dated),
            (Some(flight), Ok(entry)) if flight.was_found() => {
                found(engine, &snapshot, &flight.key, Ok(entry), dated)
            }
            (Some(flight), landed) => {
                // A load that was dropped on its way to the storage has counted no caller.
                if looks && flight.begin() {
                    engine.counters.loads.count();
                }
                arrival(engine, &snapshot, landed, Source::Loaded, dated)
            }
        }
    }
}

/// Starts one load in the background, unless the registry has one.
pub(crate) fn refresh_registered<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    ask: &mut dyn AnyAsk<M>,
) {
    let (Some(registry), Some(runtime)) = (engine.own_registry(), engine.runtime.bind()) else {
        return;
    };
    if registry.is_being_updated(&key) {
        return;
    }
    let (now, deadline) = engine.begin(&request.snapshot);
    if let Turn::Lead(ticket, _) = registry.mark_being_updated(&key, now) {
        engine.counters.refreshes.count();
        let (hash, turn, kind, drive) = (request.hash, 0, Kind::Refresh, engine.flights.drive);
        let beginning =
            Beginning { key, hash, turn, kind, deadline, runtime: Some(runtime), drive };
        let flight = Arc::new(Flight::new(beginning));
        engine.flights.list(&flight);
        request.forget_removed(engine);
        flight.start(task(engine, &flight, &mut request, ask, Some(ticket), None));
        flight.hand_over_alone();
    }
}
