//! A stale answer, and the load behind it.

use super::{
    Answer, Going, answer, outcome::Source, passenger::Passenger, registered::refresh_registered,
};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    entry::CacheEntry,
    flight::{Ask, Boarding},
    load::{First, Method, Past},
    observer::Event,
    parts::Parts,
    reading::{self, Seen},
    runtime::Runtime,
    statuses::UpdateStatuses,
    sync::Arc,
};

use alloc::boxed::Box;

/// Answers with a stale entry, and sees to it that one load is under way in the background.
///
/// With nowhere to load, the stale entry is the answer all the same. If a load ended between the look
/// and this, what that stored may be fresh: a storage that need not wait is asked again here, another
/// one by the load in the background.
pub(super) fn refresh<P, L>(
    engine: &Arc<Engine<P>>,
    mut going: Going<P, L>,
    key: P::Key,
    stale: CacheEntry<P::Value>,
    endings: usize,
) -> Answer<P>
where
    P: Parts,
    L: Method<P>,
{
    let (snapshot, hash, dated) = (going.snapshot.clone(), going.hash, going.dated);
    let configuration = engine.source.current(&snapshot);
    engine.tell(|| Event::Stale { key: &key, entry: &stale });
    if is_paused(engine, &key, hash) {
        // The last one has failed, and it is not the time yet to try again.
    } else if !P::Statuses::BUILT_IN {
        going.old = replaced(&going.method, &stale);
        refresh_registered(engine, going, key);
    } else {
        let (now, deadline) = engine.begin(configuration);
        let (mut key, runtime) = (Some(key), engine.runtime.bind());
        let boarding = engine.flights.board(&mut key, hash, Ask::Refresh, now, deadline, runtime);
        if let Boarding::Lead(flight) = boarding {
            let mut passenger = Passenger::leading(engine, flight);
            match reading::at_once(engine, configuration, &passenger.flight.key, hash) {
                Some(Seen::Fresh(entry)) if engine.source.is_current(&snapshot) => {
                    passenger.retire(entry.clone());
                    engine.counters.hits.count();
                    return answer(engine, configuration, entry, Source::Hit, dated);
                }
                None if engine.flights.endings() != endings => {
                    going.first = First::Look { counts: false };
                }
                _ => engine.counters.refreshes.count(),
            }
            going.old = replaced(&going.method, &stale);
            passenger.depart(engine, going, now, None);
            passenger.flight.hand_over();
        }
    }
    engine.counters.stale.count();
    answer(engine, configuration, stale, Source::Stale, dated)
}

fn is_paused<P: Parts>(engine: &Engine<P>, key: &P::Key, hash: u64) -> bool {
    engine.failures.any()
        && engine
            .failures
            .recall(key, hash, engine.runtime.now())
            .is_some_and(|remembered| remembered.paused)
}

/// What a refresh replaces, with its value if the method wants to have it.
fn replaced<P: Parts>(method: &impl Method<P>, stale: &CacheEntry<P::Value>) -> Past<P::Value> {
    Some(Box::new(stale.with(method.wants_previous().then(|| stale.value.clone()))))
}
