//! Reads of what is stored, or about to be: they neither begin a load nor wait for one.

use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    freshness::Freshness,
    observer::Event,
    planted::{self, Fault},
    reading::{self, Seen},
    runtime::{AnyClock, KeyOf, Threading, ValueOf},
    storage::Usage,
    types::LandedOf,
};

/// How often a storage that waits is asked at most, where changes come between.
const LOOKS: usize = 3;

/// Returns the value that would answer a call at once, and counts how it was found.
pub(crate) async fn get<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    fresh: bool,
) -> Option<ValueOf<M>> {
    match seen(engine, configuration, key).await {
        Seen::Fresh(entry) => {
            engine.counters.hits.count();
            Some(configuration.apply(entry.value))
        }
        Seen::Stale(entry) if !fresh => {
            engine.counters.stale.count();
            engine.tell(|| Event::Stale { key, entry: &entry });
            Some(configuration.apply(entry.value))
        }
        _ => {
            engine.counters.absent.count();
            None
        }
    }
}

/// Looks again where a change has ended during a look, or where a flight has that may have stored
/// what was missed.
async fn seen<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
) -> Seen<ValueOf<M>> {
    let hash = engine.hash(configuration, key);
    let mut looks = 0;
    loop {
        let noted = engine.flights.noted_removals_near(hash);
        let endings = engine.flights.endings();
        if let Some(seen) = landed(engine, configuration, key, hash) {
            return seen;
        }
        let seen = match reading::at_once(engine, configuration, key, None) {
            Some(seen) => {
                if !matches!(seen, Seen::Nothing) {
                    configuration.mark_read(key);
                }
                seen
            }
            None => reading::waited(engine, configuration, key, None).await,
        };
        looks += 1;
        let missed = !matches!(seen, Seen::Fresh(_) | Seen::Stale(_));
        let changed = engine.flights.noted_removals_near(hash) != noted
            || missed && engine.flights.endings() != endings;
        if !changed || looks == LOOKS || planted::is(Fault::ChangeUnseen) {
            return seen;
        }
    }
}

/// Returns the entry of a flight that has landed and is still being stored, if it is an answer.
fn landed<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    hash: u64,
) -> Option<Seen<ValueOf<M>>> {
    if configuration.is_immediate() {
        return None;
    }
    let landed = engine.flights.landed(key, hash)?;
    let landed: &LandedOf<M> = &landed;
    let now = engine.runtime.now();
    let entry = engine.checked(key, landed.as_ref().ok()?.clone(), now);
    match Freshness::of(&entry, now) {
        Freshness::Fresh => Some(Seen::Fresh(entry)),
        Freshness::Stale => Some(Seen::Stale(entry)),
        Freshness::Expired | Freshness::Dead => None,
    }
}

/// Returns the entry that is there, whatever its age, and notes how it is used; nothing is moved or
/// counted. `None` if the storage answers only after a wait, unless the entry is `landing` there,
/// and that counts.
pub(crate) fn peek<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    landing: bool,
    usage: &mut Usage,
) -> Option<CacheEntry<ValueOf<M>>> {
    let hash = engine.hash(configuration, key);
    if landing && let Some(seen) = landed(engine, configuration, key, hash) {
        return seen.servable();
    }
    let (now, sight) = (engine.runtime.now(), engine.sight(configuration, key));
    let found = configuration.get_now(key, now, Some(usage))?.ok()??;
    let shown = engine.shows(configuration, key, sight, &found);
    shown.then(|| engine.checked(key, found, now))
}
