//! What the storage has for a call.

use crate::{
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    entry::CacheEntry,
    eviction::EvictionStrategy,
    flight::within,
    freshness::Freshness,
    key::Whole,
    observer::Operation,
    parts::Parts,
    runtime::Runtime,
    storage::{CacheStorage, Found, Glance, Look},
    time::Instant,
};

/// What was found, by its age.
pub(crate) enum Seen<V> {
    Fresh(CacheEntry<V>),
    Stale(CacheEntry<V>),
    /// No answer, unless its successor cannot be loaded; it may be dead.
    Expired(CacheEntry<V>),
    /// Nothing, or nothing that could be read.
    Nothing,
}

impl<V> Seen<V> {
    /// The entry, if it is an answer at all.
    pub(crate) fn servable(self) -> Option<CacheEntry<V>> {
        match self {
            Self::Fresh(entry) | Self::Stale(entry) => Some(entry),
            Self::Expired(_) | Self::Nothing => None,
        }
    }
}

#[inline]
pub(crate) fn judged<P: Parts>(
    engine: &Engine<P>,
    key: Option<&P::Key>,
    found: Found<P::Value, P::StorageError>,
    now: Instant,
) -> Seen<P::Value> {
    match found {
        Ok(Some(entry)) if !engine.cleared.hides(&entry) => match Freshness::of(&entry, now) {
            Freshness::Fresh => Seen::Fresh(entry),
            Freshness::Stale => Seen::Stale(entry),
            Freshness::Expired | Freshness::Dead => Seen::Expired(entry),
        },
        Ok(_) => Seen::Nothing,
        Err(_) => {
            engine.storage_failed(key, Operation::Get);
            Seen::Nothing
        }
    }
}

/// Asks a storage that has to wait, for as long as it is given.
pub(crate) async fn waited<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
) -> Seen<P::Value> {
    // In no runtime's context there is no timer to end the wait.
    let runtime = engine.runtime.bind();
    let get = configuration.storage().get(key, engine.runtime.now());
    let found = match &runtime {
        Some(runtime) => within(engine.settings.storage_timeout, runtime, get).await,
        None => Ok(get.await),
    };
    let Ok(found) = found else {
        engine.storage_failed(Some(key), Operation::Get);
        return Seen::Nothing;
    };
    let seen = judged(engine, Some(key), found, engine.runtime.now());
    if !matches!(seen, Seen::Nothing) {
        mark_read_of(configuration, key);
    }
    seen
}

/// Looks at once; `None` if the storage answers only after a wait.
pub(crate) fn at_once<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
    hash: u64,
) -> Option<Seen<P::Value>> {
    let (storage, hash) = (configuration.storage(), P::Source::FIXED.then_some(hash));
    let glance = Glance { runtime: &engine.runtime, tallied: false, dated: false };
    if let Look::Nothing(_) = storage.look(&Whole(key), hash, &glance) {
        return Some(Seen::Nothing);
    }
    let now = engine.runtime.now();
    let found = storage.get_now(&Whole(key), now)?;
    Some(judged(engine, Some(key), found, now))
}

/// Looks again, on the way to a load, for what a flight may have stored since the first look.
///
/// What is found answers those who have joined meanwhile too, so nothing is found that a removal may
/// have overtaken.
pub(crate) async fn again<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
) -> Seen<P::Value> {
    let removals = engine.flights.removals();
    let seen = waited(engine, configuration, key).await;
    if engine.flights.removals() == removals { seen } else { Seen::Nothing }
}

/// Returns whether the storage answers only after a wait.
pub(crate) fn waits<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
) -> bool {
    configuration.storage().get_now(&Whole(key), engine.runtime.now()).is_none()
}

pub(crate) fn mark_read_of<C, A, V>(configuration: &C, key: &C::Key)
where
    C: CacheConfiguration<A, V>,
{
    let strategy = configuration.eviction_strategy();
    if strategy.observes_reads() {
        strategy.mark_read(key);
    }
}
