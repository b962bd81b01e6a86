//! Reads of the storage for a call.

use crate::{
    call::judge,
    configuration::AnyConfiguration,
    engine::{Engine, Sight},
    entry::CacheEntry,
    error::StorageError,
    freshness::Freshness,
    future::within,
    limits::Limits,
    observer::Operation,
    runtime::{AnyClock, KeyOf, Threading, ValueOf},
    storage::Found,
    time::Instant,
};

/// The result of a read, by its age.
pub(crate) enum Seen<V> {
    Fresh(CacheEntry<V>),
    Stale(CacheEntry<V>),
    /// No answer, unless its successor cannot be loaded; it may be dead.
    Expired(CacheEntry<V>),
    /// Nothing, or nothing that could be read.
    Nothing,
}

impl<V> Seen<V> {
    /// Returns the entry, if it is an answer.
    pub(crate) fn servable(self) -> Option<CacheEntry<V>> {
        match self {
            Self::Fresh(entry) | Self::Stale(entry) => Some(entry),
            Self::Expired(_) | Self::Nothing => None,
        }
    }
}

/// Judges the result of a look that began with this sight.
#[inline(never)]
pub(crate) fn judged<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    found: Found<ValueOf<M>, StorageError>,
    sight: Sight,
    (now, limits): (Instant, Option<&Limits>),
) -> Seen<ValueOf<M>> {
    match found {
        Ok(Some(entry)) if engine.shows(configuration, key, sight, &entry) => {
            let entry = engine.checked(key, entry, now);
            match judge(engine, limits, &entry, now) {
                Freshness::Fresh => Seen::Fresh(entry),
                Freshness::Stale => Seen::Stale(entry),
                Freshness::Expired | Freshness::Dead => Seen::Expired(entry),
            }
        }
        Ok(_) => Seen::Nothing,
        Err(_) => {
            engine.storage_failed(Some(key), Operation::Get);
            Seen::Nothing
        }
    }
}

/// Reads a storage that has to wait, within the storage timeout.
pub(crate) async fn waited<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    limits: Option<&Limits>,
) -> Seen<ValueOf<M>> {
    // Outside any runtime there is no timer to end the wait.
    let runtime = engine.runtime.bind();
    let sight = engine.sight(configuration, key);
    let get = configuration.get(key, engine.runtime.now());
    let found = match &runtime {
        Some(runtime) => within::<_, M>(engine.settings.storage_timeout, runtime, get).await,
        None => Ok(get.await),
    };
    let Ok(found) = found else {
        engine.storage_failed(Some(key), Operation::Get);
        return Seen::Nothing;
    };
    let seen = judged(engine, configuration, key, found, sight, (engine.runtime.now(), limits));
    if !matches!(seen, Seen::Nothing) {
        configuration.mark_read(key);
    }
    seen
}

/// Reads at once; `None` if the storage answers only after a wait.
#[inline(never)]
pub(crate) fn at_once<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    limits: Option<&Limits>,
) -> Option<Seen<ValueOf<M>>> {
    let (now, sight) = (engine.runtime.now(), engine.sight(configuration, key));
    let found = configuration.get_now(key, now, None)?;
    Some(judged(engine, configuration, key, found, sight, (now, limits)))
}

/// Reads again before a load, for an entry that a flight may have stored since the first look.
///
/// The result also answers the joiners that have come meanwhile, so a result that a removal may
/// have overtaken counts as nothing.
pub(crate) async fn again<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    hash: u64,
) -> Seen<ValueOf<M>> {
    let noted = engine.flights.noted_removals_near(hash);
    let seen = waited(engine, configuration, key, None).await;
    if engine.flights.is_undisturbed(hash, noted) { seen } else { Seen::Nothing }
}

/// Returns whether the storage answers only after a wait.
pub(crate) fn waits<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
) -> bool {
    !configuration.is_immediate()
        && configuration.get_now(key, engine.runtime.now(), None).is_none()
}
