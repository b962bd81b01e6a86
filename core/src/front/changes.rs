//! Changes of stored entries from outside a call.

use core::time::Duration;

use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::{Engine, Fate, Stored, Writes},
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    flights::{Flight, Removing},
    future::{contained, within},
    lanes::{Entry, Position},
    load::{Ending, entry, evict, sweep, write},
    observer::{Event, Operation},
    planted::{self, Fault},
    reading::waits,
    runtime::{AnyClock, KeyOf, Threading, ValueOf},
    statuses::AnyRegistry,
    storage::{Change, Found, Usage},
    sync::{Arc, Mutex, Ordering},
    time::Instant,
    types::FutureOf,
};

use alloc::vec::Vec;

pub(super) async fn invalidate<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
) -> Result<(), StorageError> {
    removed(engine, configuration, key, None).await
}

/// The place where a removal leaves what it has removed: an entry, nothing, or the error of the
/// look for it.
pub(super) type HandedOut<M> = Mutex<Option<Found<ValueOf<M>, StorageError>>>;

/// Removes the entry of a key as an invalidation does, and hands it out if there is a place for it.
pub(super) async fn removed<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    taken: Option<&HandedOut<M>>,
) -> Result<(), StorageError> {
    let timer = engine.writes.as_ref().and_then(|_| engine.runtime.bind());
    let invalidated = invalidated(engine, configuration, key, timer.as_deref(), taken).await;
    if invalidated.is_ok() {
        engine.tell(|| Event::Invalidated { key });
    }
    // A victim that had to stay while this key was busy may leave now.
    evict(engine, configuration, timer.as_deref()).await;
    invalidated
}

async fn invalidated<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    timer: Option<&M::Clock>,
    taken: Option<&HandedOut<M>>,
) -> Result<(), StorageError> {
    let _removing = engine.flights.removing(Some(engine.hash(configuration, key)));
    let stays = taken.is_some() && planted::is(Fault::RemoveLeavesFlight);
    if !planted::is(Fault::RemovalForgotten) && !stays {
        engine.supersede(configuration, key);
    }
    // A hidden entry has gone already.
    let taken = taken.filter(|_| engine.sight(configuration, key).is_some());
    let release = || configuration.release(key);
    let Some(writes) = &engine.writes else {
        let patience = engine.settings.storage_timeout;
        if let Some(taken) = taken {
            leave::<M>(taken, found(engine, configuration, key, (timer, patience)).await);
        }
        return released(engine, None, Some(key), (timer, patience), release).await;
    };
    writes.note(Fate::Hidden(key));
    // Outside any runtime only the wait itself can end it.
    let waits = waits(engine, configuration, key);
    // What is handed out is read and removed in one turn.
    let takes_turns = taken.is_some() || Engine::<M>::writes_take_turns(configuration, waits);
    let position = match takes_turns {
        true => writes.lanes.queue(Some(key), true),
        false => writes.lanes.apart(key),
    };
    if let Some(position) = turn(engine, writes, position, Some(key), timer).await? {
        let mut patience = engine.settings.storage_timeout;
        if let Some(taken) = taken {
            // Both steps together take no longer than one.
            patience /= 2;
            let found = found(engine, configuration, key, (timer, patience)).await;
            if !position.has_entered() {
                // Another write would not wait any longer, and may have begun.
                return failed(engine, Some(key), Arc::new(StorageFailure::TimedOut));
            }
            leave::<M>(taken, found);
        }
        removed_in_turn(engine, writes, configuration, &position, key, (timer, patience)).await?;
    }
    Ok(())
}

/// Lets the storage remove the entry of a key, whose turn it is.
pub(super) async fn removed_in_turn<M: Threading>(
    engine: &Engine<M>,
    writes: &Writes<M>,
    configuration: &M::Configuration,
    position: &Position<'_, M>,
    key: &KeyOf<M>,
    within: (Option<&M::Clock>, Duration),
) -> Result<(), StorageError> {
    let release = || configuration.release(key);
    released(engine, Some(position), Some(key), within, release).await?;
    outdo(engine, writes, Some(key));
    writes.lanes.owed.settle(Some(key), &|| true);
    if configuration.bounds() {
        mark_released::<M>(writes, configuration, key);
    }
    Ok(())
}

/// Lets `take` remove an entry from memory, if nothing else is to be done for that, and returns
/// whether it has.
pub(super) fn removed_at_once<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    take: &mut dyn FnMut(),
) -> bool {
    if engine.writes.is_some() {
        return false;
    }
    let removing = engine.flights.removing(Some(engine.hash(configuration, key)));
    if !planted::is(Fault::RemovalForgotten) && !planted::is(Fault::RemoveLeavesFlight) {
        engine.supersede(configuration, key);
    }
    take();
    drop(removing);
    engine.tell(|| Event::Invalidated { key });
    true
}

/// Leaves what was removed in its place. What was there before is dropped outside the lock.
fn leave<M: Threading>(taken: &HandedOut<M>, found: Found<ValueOf<M>, StorageError>) {
    drop(taken.with(|taken| taken.replace(found)));
}

/// Reads the entry that is about to be removed, whatever its age.
async fn found<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    (timer, patience): (Option<&M::Clock>, Duration),
) -> Found<ValueOf<M>, StorageError> {
    let (now, mut usage) = (engine.runtime.now(), Usage::default());
    let look = || configuration.get_now(key, now, Some(&mut usage));
    let found = match contained(look) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let get = configuration.get(key, now);
            match timer {
                Some(timer) => within::<_, M>(patience, timer, get)
                    .await
                    .unwrap_or_else(|_| Err(Arc::new(StorageFailure::TimedOut))),
                None => get.await,
            }
        }
        Err(_) => Err(Arc::new(StorageFailure::Panicked) as StorageError),
    };
    match found {
        Ok(Some(entry)) if engine.is_late(key, &entry) => Ok(None),
        Ok(found) => Ok(found),
        Err(error) => {
            engine.storage_failed(Some(key), Operation::Get);
            Err(error)
        }
    }
}

pub(super) async fn clear<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
) -> Result<(), StorageError> {
    let timer = engine.writes.as_ref().and_then(|_| engine.runtime.bind());
    let cleared = cleared(engine, configuration, timer.as_deref()).await;
    if cleared.is_ok() {
        engine.tell(|| Event::Cleared {});
    }
    // Victims that had to stay while all keys were busy may leave now.
    evict(engine, configuration, timer.as_deref()).await;
    cleared
}

async fn cleared<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    timer: Option<&M::Clock>,
) -> Result<(), StorageError> {
    let _removing = engine.flights.removing(None);
    engine.supersede_all();
    let Some(writes) = &engine.writes else {
        return match contained(|| configuration.clear()) {
            Ok(None) => Ok(()),
            Ok(Some(change)) => {
                let patience = engine.settings.storage_timeout;
                released(engine, None, None, (timer, patience), || change).await
            }
            Err(_) => failed(engine, None, Arc::new(StorageFailure::Panicked)),
        };
    };
    let position = writes.lanes.queue(None, true);
    if let Some(position) = turn(engine, writes, position, None, timer).await? {
        let mut known = Vec::new();
        if configuration.bounds() {
            configuration.visit(&mut |key, _| known.push(key));
        }
        match contained(|| configuration.clear()) {
            Ok(None) if planted::is(Fault::ClearForgetsEpoch) => {}
            Ok(None) => writes.note(Fate::AllHidden),
            Ok(Some(change)) => {
                let patience = engine.settings.storage_timeout;
                released(engine, Some(&position), None, (timer, patience), || change).await?;
                writes.note(Fate::AllShown(configuration.storage_number()));
            }
            Err(_) => return failed(engine, None, Arc::new(StorageFailure::Panicked)),
        }
        outdo(engine, writes, None);
        writes.lanes.owed.settle(None, &|| true);
        known.iter().for_each(|key| mark_released::<M>(writes, configuration, key));
        position.tell(&Ok(()));
    }
    Ok(())
}

/// Waits for the turn; `None` if something newer has taken it, and has succeeded.
async fn turn<'a, M: Threading>(
    engine: &Engine<M>,
    writes: &Writes<M>,
    position: Position<'a, M>,
    key: Option<&KeyOf<M>>,
    timer: Option<&M::Clock>,
) -> Result<Option<Position<'a, M>>, StorageError> {
    let patience = engine.settings.storage_timeout;
    match position.entered(patience, timer).await {
        Entry::Entered => Ok(Some(position)),
        Entry::Replaced(outcome) => {
            match writes.lanes.brought(key, &outcome, patience, timer).await {
                Ok(()) => Ok(None),
                Err(error) if outcome.is_left_to_count() => failed(engine, key, error),
                Err(error) => Err(error),
            }
        }
        Entry::Ousted => failed(engine, key, Arc::new(StorageFailure::TimedOut)),
    }
}

/// Lets the storage remove entries, in its turn where there are turns.
async fn released<M: Threading>(
    engine: &Engine<M>,
    position: Option<&Position<'_, M>>,
    key: Option<&KeyOf<M>>,
    (timer, patience): (Option<&M::Clock>, Duration),
    release: impl FnOnce() -> Change<FutureOf<M, Result<(), StorageError>>>,
) -> Result<(), StorageError> {
    let changed = match (contained(release), position) {
        (Ok(change), Some(position)) => position.perform(patience, timer, change, None).await,
        (Ok(change), None) => change.await,
        (Err(_), _) => Err(Arc::new(StorageFailure::Panicked) as StorageError),
    };
    let changed = changed.or_else(|error| failed(engine, key, error));
    if let Some(position) = position {
        position.tell(&changed);
    }
    changed
}

/// Counts a failed removal of the storage, if it has failed.
#[cold]
fn failed<T, M: Threading>(
    engine: &Engine<M>,
    key: Option<&KeyOf<M>>,
    error: StorageError,
) -> Result<T, StorageError> {
    let operation = if key.is_some() { Operation::Release } else { Operation::Clear };
    if !planted::is(Fault::RemovalUncounted) {
        engine.storage_failed(key, operation);
    }
    Err(error)
}

/// Hides late values of earlier writes: they were to be removed.
fn outdo<M: Threading>(engine: &Engine<M>, writes: &Writes<M>, key: Option<&KeyOf<M>>) {
    if writes.lanes.owed.any() {
        let now = engine.runtime.now();
        writes.lanes.owed.outdo(key, now, now);
    }
}

fn mark_released<M: Threading>(
    writes: &Writes<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
) {
    drop(contained(|| configuration.mark_released(key)));
    writes.released.fetch_add(1, Ordering::AcqRel);
}

pub(super) async fn insert<M: Threading>(
    engine: &Arc<Engine<M>>,
    configuration: &M::Configuration,
    key: KeyOf<M>,
    value: Cached<ValueOf<M>>,
) -> Result<(), StorageError> {
    let timer = engine.runtime.bind();
    let runtime = timer.clone().unwrap_or_else(|| engine.runtime.clone());
    let now = engine.runtime.now();
    let value = match planted::is(Fault::InsertedTimesLost) {
        true => Cached::new(value.into_value()),
        false => value,
    };
    let entry = entry(engine, configuration, &key, value, now, Duration::ZERO);
    let waits = waits(engine, configuration, &key);
    // The previous entry is not handed to a load that begins after this.
    let hash = engine.hash(configuration, &key);
    let removing = engine.flights.removing(Some(hash));
    // A flight that has landed already: it supersedes the present one, and can be superseded.
    let flight = engine.flights.land_at_once(key, hash, Ok(entry.clone()), runtime);
    // One that asks the registry after this knows that it is superseded.
    if let Some(registry) = engine.own_registry() {
        registry.supersede(Some(&flight.key));
    }
    // Where it is stored at once, a look finds it from here on. Elsewhere the entry that a look
    // finds until then is older.
    let removing = Engine::<M>::writes_take_turns(configuration, waits).then_some(removing);
    let timer = timer.as_deref();
    let carrying = Carrying { flight, removing, now, waits, timer };
    carried(engine, configuration, carrying, entry).await
}

/// An inserted entry on its way to the storage, whose flight has the key.
pub(super) struct Carrying<'a, M: Threading> {
    pub(super) flight: Arc<Flight<M>>,
    pub(super) removing: Option<Removing<'a, M>>,
    /// When the entry was made.
    pub(super) now: Instant,
    pub(super) waits: bool,
    pub(super) timer: Option<&'a M::Clock>,
}

/// Stores an inserted entry whose flight has landed.
pub(super) async fn carried<M: Threading>(
    engine: &Arc<Engine<M>>,
    configuration: &M::Configuration,
    carrying: Carrying<'_, M>,
    entry: CacheEntry<ValueOf<M>>,
) -> Result<(), StorageError> {
    let Carrying { flight, removing, now, waits, timer } = carrying;
    engine.failures.forget(&flight.key, flight.hash);
    let mut ending = Ending::new(engine, &flight, None);
    let stored = write(configuration, &mut ending, entry, now, waits, timer).await;
    drop(ending);
    let kept = matches!(stored, Stored::Kept);
    let inserted = match stored {
        Stored::Replaced(outcome) => {
            let Some(writes) = &engine.writes else {
                unreachable!("what is stored at once is not replaced")
            };
            let (key, patience) = (Some(&flight.key), engine.settings.storage_timeout);
            let brought = writes.lanes.brought(key, &outcome, patience, timer).await;
            if brought.is_err() {
                // The write that has replaced it has not removed the older entry either.
                engine.owe(&flight.key);
                if outcome.is_left_to_count() {
                    engine.storage_failed(key, Operation::Offer);
                }
            }
            brought
        }
        Stored::Failed(error) => {
            // No older entry may answer, and memory removes without a wait.
            if engine.writes.is_none() {
                drop(contained(|| configuration.release(&flight.key)));
            }
            Err(error)
        }
        _ => Ok(()),
    };
    drop(removing);
    if timer.is_some() {
        // Outside any runtime no task can sweep: it is left to the next load or insertion.
        sweep(engine, &flight.runtime());
    }
    if kept {
        engine.tell(|| Event::Inserted { key: &flight.key });
    }
    evict(engine, configuration, timer).await;
    inserted
}
