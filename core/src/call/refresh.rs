//! A stale answer, and the load behind it.

use super::{
    answer::{answer, tell_stale},
    request::Request,
    waiter::Preparing,
};
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    flights::{Boarding, Demand},
    load::{First, Past},
    outcome::Source,
    reading::{self, Seen},
    runtime::{AnyAnswer, AnyAsk, AnyClock, KeyOf, Threading, ValueOf},
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
