//! A stale answer, and the load behind it.

use super::{
    Going, answer,
    outcome::{Outcome, Source},
    passenger::{Passenger, seat},
};
use crate::{
    configuration::ConfigurationSource,
    engine::Engine,
    entry::CacheEntry,
    flight::{Ask, Boarding, Kind},
    load::{First, Launchpad},
    parts::Parts,
    reading::{self, Seen},
    runtime::{Runtime, Task},
    statuses::{Turn, UpdateStatuses},
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
    stale: CacheEntry<P::Value>,
    endings: usize,
) -> Outcome<P::Value>
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    let snapshot = going.snapshot.clone();
    let configuration = engine.source.current(&snapshot);
    let now = engine.runtime.now();
    if !P::Statuses::BUILT_IN {
        refresh_registered(engine, going);
    } else {
        let deadline = engine.deadline(configuration, now);
        let runtime = engine.runtime.bind();
        let boarding = engine.flights.board(&going.key, Ask::Refresh, now, deadline, runtime);
        if let Boarding::Lead(flight) = boarding {
            let mut passenger = Passenger::leading(engine, flight);
            match reading::at_once(engine, configuration, &going.key) {
                Some(Seen::Fresh(entry)) => {
                    passenger.retire(entry.clone());
                    engine.counters.hits.count();
                    return answer(configuration, entry, Source::Hit, engine.runtime.now());
                }
                None if engine.flights.endings() != endings => {
                    going.first = First::Look { counts: false };
                }
                _ => engine.counters.refreshes.count(),
            }
            passenger.depart(engine, going, None);
            passenger.flight.seat.hand_over();
        }
    }
    engine.counters.stale.count();
    answer(configuration, stale, Source::Stale, now)
}

fn refresh_registered<P, L>(engine: &Arc<Engine<P>>, going: Going<P, L>)
where
    P: Parts,
    L: FnOnce(Launchpad<P>) -> Task<P::Runtime>,
{
    let Some(runtime) = engine.runtime.bind() else { return };
    if engine.statuses.is_being_updated(&going.key) {
        return;
    }
    let now = engine.runtime.now();
    if let Turn::Lead(ticket, _) = engine.statuses.mark_being_updated(&going.key, now) {
        engine.counters.refreshes.count();
        let deadline = engine.deadline(engine.source.current(&going.snapshot), now);
        let key = going.key.clone();
        let flight = engine.flights.unlisted(key, Kind::Refresh, deadline, runtime);
        seat(engine, &flight, going, Some(ticket));
        flight.seat.hand_over();
    }
}
