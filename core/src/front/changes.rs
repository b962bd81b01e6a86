//! Changes of what is stored from outside a call.

use core::{future::Future, time::Duration};

use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::Engine,
    error::StorageError,
    future::{KeyLock, within},
    load::{Ending, Stored, Sweeping, entry, evict, store, sweep},
    observer::Event,
    planted::{self, Fault},
    reading::waits,
    runtime::{AnyClock, KeyOf, Threading, ValueOf},
    statuses::AnyRegistry,
    sync::Arc,
};

use alloc::vec::Vec;

pub(super) async fn invalidate<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
) -> Result<(), StorageError> {
    let removing = engine.flights.removing(Some(engine.hash(configuration, key)));
    if !planted::is(Fault::RemovalForgotten) {
        engine.supersede(configuration, key);
    }
    let runtime = timer(engine);
    let turns = Engine::<M>::writes_take_turns(configuration, waits(engine, configuration, key));
    let lane = lane::<M>(engine, &runtime, turns.then(|| engine.lanes.enter(key))).await;
    configuration.release(key).await?;
    drop(removing);
    engine.tell(|| Event::Invalidated { key });
    if configuration.bounds() {
        // Without the lane, the key may have been written meanwhile. What the strategy knows too much
        // it names, and that is released again.
        if lane.is_some() {
            configuration.mark_released(key);
        }
        drop(lane);
        // What had to stay while this key was busy may leave now.
        evict(engine, configuration, &runtime).await;
    }
    Ok(())
}

pub(super) async fn clear<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
) -> Result<(), StorageError> {
    let removing = engine.flights.removing(None);
    engine.supersede_all();
    let runtime = timer(engine);
    let lane = lane::<M>(engine, &runtime, Some(engine.lanes.enter_all())).await;
    let released = if configuration.bounds() { configuration.keys() } else { Vec::new() };
    match configuration.clear() {
        Some(done) => done.await?,
        None if planted::is(Fault::ClearForgetsEpoch) => {}
        None => engine.cleared.at(engine.runtime.now()),
    }
    drop(removing);
    if lane.is_some() {
        released.iter().for_each(|key| configuration.mark_released(key));
    }
    drop(lane);
    engine.tell(|| Event::Cleared {});
    Ok(())
}

pub(super) async fn insert<M: Threading>(
    engine: &Arc<Engine<M>>,
    configuration: &M::Configuration,
    key: KeyOf<M>,
    value: ValueOf<M>,
    sweeps: fn(Sweeping<M>) -> M::Task,
) -> Result<(), StorageError> {
    let runtime = timer(engine);
    let now = engine.runtime.now();
    let entry = entry(engine, configuration, &key, Cached::new(value), now, Duration::ZERO);
    let waits = waits(engine, configuration, &key);
    // What a look finds until this has been stored is older than it, and not handed to a load.
    let hash = engine.hash(configuration, &key);
    let removing = engine.flights.removing(Some(hash));
    if let Some(registry) = engine.own_registry() {
        registry.supersede(Some(&key));
    }
    // A flight that has landed already: it supersedes what is there, and can be superseded.
    let flight = engine.flights.land_at_once(key, hash, Ok(entry.clone()), runtime.clone());
    engine.failures.forget(&flight.key, hash);
    let mut ending = Ending::new(engine, &flight, None);
    let stored = store(configuration, &mut ending, entry, now, waits).await;
    drop(ending);
    drop(removing);
    // Outside any runtime there is nobody to sweep: it is left to who comes next.
    if let Some(runtime) = engine.runtime.bind() {
        sweep(engine, &runtime, sweeps);
    }
    if matches!(stored, Stored::Kept) {
        engine.tell(|| Event::Inserted { key: &flight.key });
    }
    evict(engine, configuration, &runtime).await;
    match stored {
        Stored::Failed(error) => Err(error),
        _ => Ok(()),
    }
}

/// The runtime that times a wait for others; outside any, only the wait itself can end it.
fn timer<M: Threading>(engine: &Engine<M>) -> Arc<M::Clock> {
    engine.runtime.bind().unwrap_or_else(|| engine.runtime.clone())
}

/// Enters a lane, if there is one to enter and it becomes free in time.
async fn lane<'a, M: Threading>(
    engine: &'a Engine<M>,
    runtime: &M::Clock,
    entering: Option<impl Future<Output = KeyLock<'a, KeyOf<M>>>>,
) -> Option<KeyLock<'a, KeyOf<M>>> {
    within::<_, M>(engine.settings.storage_timeout, runtime, entering?).await.ok()
}
