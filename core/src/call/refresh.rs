//! A stale answer, and the load behind it.

use super::{
    Answer, Going, answer, outcome::Source, passenger::Passenger, registered::refresh_registered,
};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    entry::CacheEntry,
    flight::{Ask, Boarding},
    load::{First, Method},
    parts::Parts,
    reading::{self, Seen},
    runtime::Runtime,
    statuses::UpdateStatuses,
    sync::Arc,
};

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
    if !P::Statuses::BUILT_IN {
        refresh_registered(engine, going, key);
    } else {
        let (now, deadline) = engine.begin(configuration);
        let (mut key, runtime) = (Some(key), engine.runtime.bind());
        let boarding = engine.flights.board(&mut key, hash, Ask::Refresh, now, deadline, runtime);
        if let Boarding::Lead(flight) = boarding {
            let mut passenger = Passenger::leading(engine, flight);
            match reading::at_once(engine, configuration, &passenger.flight.key, hash) {
                Some(Seen::Fresh(entry)) => {
                    passenger.retire(entry.clone());
                    engine.counters.hits.count();
                    return answer(engine, configuration, entry, Source::Hit, dated);
                }
                None if engine.flights.endings() != endings => {
                    going.first = First::Look { counts: false };
                }
                _ => engine.counters.refreshes.count(),
            }
            passenger.depart(engine, going, now, None);
            passenger.flight.hand_over();
        }
    }
    engine.counters.stale.count();
    answer(engine, configuration, stale, Source::Stale, dated)
}
