//! Changing what is stored from outside a call.

mod support;

pub use self::support::{InvalidationSupport, LocalInvalidationSupport};

use core::{future::Future, time::Duration};

use crate::{
    cache::Cache,
    cached::Cached,
    configuration::{CacheConfiguration, ConfigurationSource},
    engine::Engine,
    eviction::EvictionStrategy,
    flight::{Lane, within},
    key::KeyExtractor,
    load::{Ending, Stored, entry, evict, store},
    observer::Event,
    parts::{Key, Of, Parts},
    reading::waits,
    runtime::Runtime,
    statuses::UpdateStatuses,
    storage::CacheStorage,
};

use alloc::vec::Vec;

/// The error type of a cache's storage.
type Failed<A, V, E, R, C, U> = <Of<A, V, E, R, C, U> as Parts>::StorageError;

impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    /// Removes the answer to `arguments`, and sees to it that a load in progress brings it to its
    /// own callers only: whoever asks after this has a new one.
    ///
    /// With a storage that waits, an offer under way is waited for first, at most for
    /// `storage_timeout`. Dropped before its end, what is in flight is superseded, but a storage
    /// that waits may still hold the entry.
    ///
    /// # Errors
    ///
    /// Returns the storage's error; the entry may then still be there. Memory does not fail.
    pub async fn invalidate(&self, arguments: &A) -> Result<(), Failed<A, V, E, R, C, U>> {
        let engine = self.engine();
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        let key = configuration.key_extractor().key(engine.settings.method, arguments);
        invalidate(engine, configuration, &key).await
    }

    /// Removes all answers, as [`invalidate`](Self::invalidate) removes one.
    ///
    /// A storage that cannot remove everything keeps its entries; the cache takes those that were
    /// created up to now for absent. Dropped before its end, what is in flight is superseded, but a
    /// storage that waits may still hold entries.
    ///
    /// # Errors
    ///
    /// Returns the storage's error; entries may then still be there. Memory does not fail.
    pub async fn clear(&self) -> Result<(), Failed<A, V, E, R, C, U>> {
        let engine = self.engine();
        let snapshot = engine.source.snapshot();
        clear(engine, engine.source.current(&snapshot)).await
    }

    /// Stores the answer to `arguments`, built as if a load had brought it now.
    ///
    /// A load in progress does not overwrite it; its callers get what it brings. Dropped before its
    /// end, a storage that waits may hold the value or not.
    ///
    /// # Errors
    ///
    /// Returns the storage's error, if it has one to tell; the value is then not stored.
    pub async fn insert(&self, arguments: A, value: V) -> Result<(), Failed<A, V, E, R, C, U>> {
        let engine = self.engine();
        let snapshot = engine.source.snapshot();
        let configuration = engine.source.current(&snapshot);
        let key = configuration.key_extractor().key(engine.settings.method, &arguments);
        insert(engine, configuration, key, value).await
    }
}

pub(crate) async fn invalidate<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: &P::Key,
) -> Result<(), P::StorageError> {
    engine.supersede(configuration, key);
    let runtime = timer(engine);
    let (storage, strategy) = (configuration.storage(), configuration.eviction_strategy());
    let turns = Engine::<P>::writes_take_turns(configuration, waits(engine, configuration, key));
    let lane = lane(engine, &runtime, turns.then(|| engine.lanes.enter(key))).await;
    storage.release(key).await?;
    engine.flights.removed();
    engine.tell(|| Event::Invalidated { key });
    if strategy.bounds() {
        // Without the lane, the key may have been written meanwhile. What the strategy knows too much
        // it names, and that is released again.
        if lane.is_some() {
            strategy.mark_released(key);
        }
        drop(lane);
        // What had to stay while this key was busy may leave now.
        evict(engine, configuration, &runtime).await;
    }
    Ok(())
}

async fn clear<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
) -> Result<(), P::StorageError> {
    engine.supersede_all();
    let runtime = timer(engine);
    let (storage, strategy) = (configuration.storage(), configuration.eviction_strategy());
    let lane = lane(engine, &runtime, Some(engine.lanes.enter_all())).await;
    let mut released = Vec::new();
    if strategy.bounds() {
        storage.visit(&mut |key: &P::Key, _| released.push(key.clone()));
    }
    match storage.clear() {
        Some(done) => done.await?,
        None => engine.cleared.at(engine.runtime.now()),
    }
    engine.flights.removed();
    if lane.is_some() {
        released.iter().for_each(|key| strategy.mark_released(key));
    }
    drop(lane);
    engine.tell(|| Event::Cleared {});
    Ok(())
}

async fn insert<P: Parts>(
    engine: &Engine<P>,
    configuration: &P::Current,
    key: P::Key,
    value: P::Value,
) -> Result<(), P::StorageError> {
    let runtime = timer(engine);
    let now = engine.runtime.now();
    let entry = entry(engine, configuration, &key, Cached::new(value), now, Duration::ZERO);
    let waits = waits(engine, configuration, &key);
    if !P::Statuses::BUILT_IN {
        engine.statuses.supersede(Some(&key));
    }
    // A flight that has landed already: it supersedes what is there, and can be superseded.
    let hash = engine.hash(configuration, &key);
    let flight = engine.flights.land_at_once(key, hash, Ok(entry.clone()), runtime.clone());
    engine.failures.forget(&flight.key, hash);
    let mut ending = Ending::new(engine, &flight, None);
    let stored = store(configuration, &mut ending, entry, now, waits).await;
    drop(ending);
    if matches!(stored, Stored::Kept) {
        engine.tell(|| Event::Inserted { key: &flight.key });
    }
    evict(engine, configuration, &runtime).await;
    match stored {
        Stored::Failed(Some(error)) => Err(error),
        _ => Ok(()),
    }
}

/// The runtime that times a wait for others; outside any, only the wait itself can end it.
fn timer<P: Parts>(engine: &Engine<P>) -> P::Runtime {
    engine.runtime.bind().unwrap_or_else(|| engine.runtime.clone())
}

/// Enters a lane, if there is one to enter and it becomes free in time.
async fn lane<'a, P: Parts>(
    engine: &'a Engine<P>,
    runtime: &P::Runtime,
    entering: Option<impl Future<Output = Lane<'a, P::Key>>>,
) -> Option<Lane<'a, P::Key>> {
    within(engine.settings.storage_timeout, runtime, entering?).await.ok()
}
