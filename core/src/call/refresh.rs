//! A stale answer, and the load behind it.

use super::{
    answer::{answer, failed, tell_stale},
    request::Request,
    waiter::Preparing,
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::{Error, Failure},
    flights::{Boarding, Demand},
    load::{AgainFn, First, Past, TaskFns},
    outcome::{Refresh, Source},
    planted::{self, Fault},
    reading::{self, Seen},
    runtime::{AnyAnswer, AnyAsk, AnyClock, ErrorOf, KeyOf, Threading, ValueOf},
    statuses::AnyRegistry,
    sync::Arc,
};

use alloc::boxed::Box;

/// Answers with a stale entry, and makes sure that one load is under way in the background.
///
/// Without a runtime to load on, the stale entry is the answer all the same. If a load ended
/// between the look and this, its entry may be fresh: a storage that need not wait is asked again
/// here, another one by the load in the background.
pub(super) fn refresh<M: Threading>(
    engine: &Arc<Engine<M>>,
    mut request: Request<M>,
    key: KeyOf<M>,
    stale: CacheEntry<ValueOf<M>>,
    endings: usize,
    ask: &mut dyn AnyAsk<M>,
) -> AnyAnswer<M> {
    let (snapshot, hash, dated) = (request.snapshot.clone(), request.hash, request.dated);
    let configuration = &*snapshot;
    // An update of this cache's own may be past its deadline, which its flight knows.
    let is_elsewhere = || {
        engine.own_registry().is_some_and(|registry| registry.is_being_updated(&key))
            && !engine.flights.contains(&key, hash)
    };
    if is_paused(engine, &key, hash) || is_elsewhere() {
        // The last refresh has failed, and it is too early to try again; or another holder of the
        // key refreshes already.
        tell_stale(engine, &key, &stale);
    } else {
        let (times, runtime) = (engine.begin(configuration), engine.runtime.bind());
        let mut key = Some(key);
        let boarding = engine.flights.board(&mut key, hash, Demand::Refresh, times, runtime);
        if let Some(key) = &key {
            tell_stale(engine, key, &stale);
        }
        if let Boarding::Lead(flight) = boarding {
            let preparing = Preparing::new(engine, flight);
            let noted = engine.flights.noted_removals_near(hash);
            match reading::at_once(engine, configuration, &preparing.flight.key, None) {
                // Others may join that come after a removal which had begun before.
                Some(Seen::Fresh(entry))
                    if configuration.is_current() && engine.flights.is_undisturbed(hash, noted) =>
                {
                    preparing.retire(entry.clone());
                    engine.counters.hits.count();
                    return answer(engine, configuration, entry, Source::Hit, dated);
                }
                None if let Some(again) = request.again_since(engine, endings) => {
                    request.first = First::Look(again);
                }
                // The load asks a registry whether it leads.
                _ if engine.tickets.is_some() => {}
                _ => {
                    preparing.flight.note_counted();
                    engine.counters.refreshes.count();
                }
            }
            tell_stale(engine, &preparing.flight.key, &stale);
            request.old = replaced::<M>(ask, &stale);
            request.forget_removed(engine);
            let (waiter, _driven) = preparing.start(request, times.0, ask, None);
            waiter.flight.hand_over_alone();
        }
    }
    engine.counters.stale.count();
    answer(engine, configuration, stale, Source::Stale, dated)
}

/// Starts a load in the background whatever is stored, unless one of the key is under way. A pause
/// after a failure does not keep it from beginning: the caller knows what it asks for.
pub(crate) fn start_refresh<M: Threading>(
    engine: &Arc<Engine<M>>,
    (tasks, again): (TaskFns<M>, Option<AgainFn<M>>),
    snapshot: Arc<M::Configuration>,
    key: KeyOf<M>,
    ask: &mut dyn AnyAsk<M>,
) -> Result<Refresh, Error<ErrorOf<M>>> {
    if !snapshot.is_configured() {
        return Err(failed(engine, None, Failure::NotConfigured, false));
    }
    let hash = engine.hash(&snapshot, &key);
    let is_elsewhere =
        engine.own_registry().is_some_and(|registry| registry.is_being_updated(&key))
            && !engine.flights.contains(&key, hash);
    if is_elsewhere {
        return Ok(Refresh::UnderWay);
    }
    if planted::is(Fault::RefreshBesideLoad) {
        engine.flights.supersede(&key, hash);
    }
    let (times, runtime) = (engine.begin(&snapshot), engine.runtime.bind());
    let boarding = engine.flights.board(&mut Some(key), hash, Demand::Refresh, times, runtime);
    let flight = match boarding {
        Boarding::Lead(flight) => flight,
        Boarding::NoRuntime => return Err(failed(engine, None, Failure::NoRuntime, false)),
        Boarding::Closed => return Err(failed(engine, None, Failure::Closed, false)),
        _ => return Ok(Refresh::UnderWay),
    };
    let preparing = Preparing::new(engine, flight);
    let removals = Some(engine.flights.noted_removals_near(hash));
    let (old, waits) = match reading::at_once(engine, &snapshot, &preparing.flight.key, None) {
        Some(Seen::Fresh(entry) | Seen::Stale(entry) | Seen::Expired(entry)) => {
            (replaced::<M>(ask, &entry), false)
        }
        seen => (None, seen.is_none()),
    };
    // The load asks a registry whether it leads.
    if engine.tickets.is_none() {
        preparing.flight.note_counted();
        engine.counters.refreshes.count();
    }
    let (dated, first, nothing) = (false, First::Nothing, None);
    let mut request = Request {
        snapshot,
        hash,
        waits,
        dated,
        limits: None,
        first,
        nothing,
        removals,
        old,
        tasks,
        again,
    };
    request.forget_removed(engine);
    let (waiter, _driven) = preparing.start(request, times.0, ask, None);
    waiter.flight.hand_over_alone();
    Ok(Refresh::Started)
}

fn is_paused<M: Threading>(engine: &Engine<M>, key: &KeyOf<M>, hash: u64) -> bool {
    engine.failures.any()
        && engine
            .failures
            .recall(key, hash, engine.runtime.now())
            .is_some_and(|remembered| remembered.paused)
}

/// Returns the entry that a refresh replaces, with its value if the load takes it.
fn replaced<M: Threading>(ask: &dyn AnyAsk<M>, stale: &CacheEntry<ValueOf<M>>) -> Past<ValueOf<M>> {
    Some(Box::new(stale.with(ask.wants_previous().then(|| stale.value.clone()))))
}
