//! Updates: a stored value is replaced by one that is made of it, and nothing comes in between.

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use super::changes::{Carrying, carried, removed_in_turn};
use crate::{
    cached::Cached,
    configuration::AnyConfiguration,
    engine::{Engine, Stored},
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    flights::{Flight, UpdatedKey},
    freshness::Freshness,
    future::{Consultation, contained, within},
    lanes::Entry,
    load::{Ending, entry, offer, sweep},
    observer::{Event, Operation},
    reading::{self, Seen, judged, waits},
    runtime::{AnyClock, Compute, KeyOf, Threading, ValueOf},
    statuses::AnyRegistry,
    sync::{Arc, Mutex},
    time::Instant,
    types::FutureOf,
};

/// A new value that was made while a flight had the key.
struct Guess<V> {
    of: Option<CacheEntry<V>>,
    /// When that was looked up.
    at: Instant,
    new: Option<V>,
}

impl<V> Guess<V> {
    /// Returns whether it was made of this entry. Two entries of a key have the same times only if
    /// the clock stood still between them.
    fn holds(&self, present: Option<&CacheEntry<V>>) -> bool {
        match (&self.of, present) {
            (Some(of), Some(present)) => {
                let times = |entry: &CacheEntry<V>| {
                    (entry.created, entry.update_after, entry.expires_after, entry.retain_until)
                };
                times(of) == times(present) && of.created < self.at
            }
            (of, present) => of.is_none() && present.is_none(),
        }
    }

    const fn changes_nothing(&self) -> bool {
        self.of.is_none() && self.new.is_none()
    }
}

/// Updates a value in a storage that never waits; `None` if this one may.
///
/// While it looks and stores, a flight of its own has the key. If a load has it, a new value is
/// made before it loses that, so that a panic of `compute` leaves it alone.
pub(super) fn update_at_once<M: Threading>(
    engine: &Arc<Engine<M>>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    compute: &mut Compute<'_, M>,
) -> Option<Result<(), StorageError>> {
    if engine.writes.is_some() {
        return None;
    }
    let timer = engine.runtime.bind();
    let runtime = timer.clone().unwrap_or_else(|| engine.runtime.clone());
    let updated = UpdatedKey { key: key.clone(), hash: engine.hash(configuration, key), runtime };
    let look = || reading::at_once(engine, configuration, key, None).and_then(Seen::servable);
    loop {
        let seat = engine.flights.seat(&updated);
        let (flight, guess) = if seat.own {
            (seat.newest, None)
        } else {
            let (at, of) = (engine.runtime.now(), look());
            let new = compute(of.as_ref().map(|of| &of.value));
            let guess = Guess { of, at, new };
            if guess.changes_nothing() {
                return Some(Ok(()));
            }
            match engine.flights.take_from(&seat, &updated, None) {
                Some(own) => (own, Some(guess)),
                None => continue,
            }
        };
        let ending = Ending::new(engine, &flight, None);
        let present = look();
        let new = match guess {
            Some(guess) if guess.holds(present.as_ref()) => guess.new,
            _ => compute(present.as_ref().map(|present| &present.value)),
        };
        let Some(made) = made(engine, configuration, key, new, present) else {
            return Some(Ok(()));
        };
        if let Some(stored) = stored(engine, configuration, ending, made) {
            if let Some(timer) = &timer {
                sweep(engine, timer);
            }
            return Some(stored);
        }
    }
}

/// Stores the entry of an update; `None` if something newer has come.
fn stored<M: Threading>(
    engine: &Arc<Engine<M>>,
    configuration: &M::Configuration,
    mut ending: Ending<'_, M>,
    made: CacheEntry<ValueOf<M>>,
) -> Option<Result<(), StorageError>> {
    let (flight, now) = (ending.flight, engine.runtime.now());
    let (key, subject) = (&flight.key, flight.subject());
    if let Some(registry) = engine.own_registry() {
        registry.supersede(Some(key));
    }
    let _removing = engine.flights.removing(Some(flight.hash));
    let current = || ending.is_current();
    let stored = offer(engine, configuration, subject, false, &made, now, &current);
    let stored = match stored {
        Stored::Superseded | Stored::Replaced(_) => return None,
        Stored::Failed(error) => {
            // No older entry may answer, and memory removes without a wait.
            drop(contained(|| configuration.release(key)));
            Err(error)
        }
        Stored::Kept => Ok(Event::Inserted { key }),
        Stored::Dead => Ok(Event::Invalidated { key }),
    };
    engine.failures.forget(key, flight.hash);
    ending.land(Ok(made));
    Some(stored.map(|event| engine.tell(|| event)))
}

/// Makes the entry of a new value, or one without a life that removes the present one; `None` if
/// there is nothing to be changed.
fn made<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    new: Option<ValueOf<M>>,
    present: Option<CacheEntry<ValueOf<M>>>,
) -> Option<CacheEntry<ValueOf<M>>> {
    let now = engine.runtime.now();
    match new {
        Some(new) => Some(entry(engine, configuration, key, Cached::new(new), now, Duration::ZERO)),
        None => present.map(|present| CacheEntry {
            created: now,
            update_after: now,
            expires_after: now,
            retain_until: now,
            ..present
        }),
    }
}

/// Updates a value in a storage that may wait.
///
/// The look comes in the key's turn, so that it finds what the write before has left. Whatever
/// changes the key, or needs a load of it, takes the key from the update, which begins anew. The
/// new value is written as an inserted one is.
pub(super) async fn update<M: Threading>(
    engine: &Arc<Engine<M>>,
    snapshot: &Arc<M::Configuration>,
    key: KeyOf<M>,
    consultation: &Consultation<ValueOf<M>>,
    fns: UpdateFns<M>,
) -> Result<(), StorageError> {
    let configuration = &**snapshot;
    let runtime = engine.runtime.bind().unwrap_or_else(|| engine.runtime.clone());
    let (hash, waits) = (engine.hash(configuration, &key), waits(engine, configuration, &key));
    let updated = UpdatedKey { key, hash, runtime };
    let key = &updated.key;
    loop {
        let seat = engine.flights.seat(&updated);
        let ending = seat.own.then(|| Ending::new(engine, &seat.newest, None));
        let landed = seat.newest.landing.landed();
        let present = match landed.as_deref() {
            // It is being stored, and the newest there is.
            Some(Ok(entry)) => Some(engine.checked(key, entry.clone(), engine.runtime.now())),
            _ => {
                let seen = Arc::new(Mutex::new(None));
                let (engine, configuration) = (engine.clone(), snapshot.clone());
                let (key, seen_by) = (key.clone(), seen.clone());
                (fns.look)(Looking { engine, configuration, key, waits, seen: seen_by }).await?;
                match seen.with(Option::take) {
                    Some(present) => present,
                    None => continue,
                }
            }
        };
        // Its caller may have left it alone since it looked.
        let present = present.filter(|entry| answers(entry, engine.runtime.now()));
        let new = consultation.ask(present.as_ref().map(|present| present.value.clone())).await;
        let Some(made) = made(engine, configuration, key, new, present) else { return Ok(()) };
        let (entry, now) = (made.clone(), engine.runtime.now());
        // The previous entry is not handed to a load that begins after this.
        let removing = engine.flights.removing(Some(updated.hash));
        let Some(flight) = engine.flights.take_from(&seat, &updated, Some(Ok(made))) else {
            continue;
        };
        // One that asks the registry after this knows that it is superseded.
        if let Some(registry) = engine.own_registry() {
            registry.supersede(Some(key));
        }
        drop(ending);
        let (engine, configuration) = (engine.clone(), snapshot.clone());
        let mut written = (fns.write)(Writing { engine, configuration, flight, entry, now, waits });
        let first = poll_fn(|cx| Poll::Ready(Pin::new(&mut written).poll(cx))).await;
        drop(removing);
        return match first {
            Poll::Ready(written) => written,
            Poll::Pending => written.await,
        };
    }
}

/// The steps of an update that go on when it is dropped: they may have the turn of a change.
pub(super) struct UpdateFns<M: Threading> {
    pub(super) look: fn(Looking<M>) -> FutureOf<M, Result<(), StorageError>>,
    pub(super) write: fn(Writing<M>) -> FutureOf<M, Result<(), StorageError>>,
}

/// The write of an updated entry.
pub(super) struct Writing<M: Threading> {
    pub(super) engine: Arc<Engine<M>>,
    configuration: Arc<M::Configuration>,
    /// Has the key, and has landed.
    flight: Arc<Flight<M>>,
    entry: CacheEntry<ValueOf<M>>,
    now: Instant,
    waits: bool,
}

/// Writes an entry as an inserted one.
pub(super) async fn written_as_inserted<M: Threading>(
    writing: Writing<M>,
) -> Result<(), StorageError> {
    let Writing { engine, configuration, flight, entry, now, waits } = writing;
    let (engine, configuration, timer) = (&engine, &*configuration, engine.runtime.bind());
    let timer = timer.as_deref();
    let removing = Engine::<M>::writes_take_turns(configuration, waits)
        .then(|| engine.flights.removing(Some(flight.hash)));
    let carrying = Carrying { flight, removing, now, waits, timer };
    carried(engine, configuration, carrying, entry).await
}

/// Returns whether an entry is an answer.
fn answers<V>(entry: &CacheEntry<V>, now: Instant) -> bool {
    matches!(Freshness::of(entry, now), Freshness::Fresh | Freshness::Stale)
}

/// A look of an update in the key's turn.
pub(super) struct Looking<M: Threading> {
    pub(super) engine: Arc<Engine<M>>,
    configuration: Arc<M::Configuration>,
    key: KeyOf<M>,
    waits: bool,
    /// Takes the answer that is found, or that there is none.
    seen: Arc<Mutex<Option<Option<CacheEntry<ValueOf<M>>>>>>,
}

/// Looks after the write before. It sees nothing if another write has replaced this turn.
pub(super) async fn look_in_turn<M: Threading>(looking: Looking<M>) -> Result<(), StorageError> {
    let Looking { engine, configuration, key, waits, seen } = looking;
    let (engine, configuration, key) = (&*engine, &*configuration, &key);
    let timer = engine.runtime.bind();
    let timer = timer.as_deref();
    let turns = Engine::<M>::writes_take_turns(configuration, waits);
    let Some(writes) = engine.writes.as_ref().filter(|_| turns) else {
        let present = looked(engine, configuration, key, timer).await?;
        seen.with(|seen| *seen = Some(present));
        return Ok(());
    };
    let position = writes.lanes.queue(Some(key), false);
    let patience = engine.settings.storage_timeout;
    match position.entered(patience, timer).await {
        Entry::Entered => {}
        Entry::Replaced(result) => {
            drop(position);
            // Whatever comes of it, the key has changed.
            let _told = writes.lanes.brought(Some(key), &result, patience, timer).await;
            return Ok(());
        }
        Entry::Ousted => {
            engine.storage_failed(Some(key), Operation::Get);
            return Err(Arc::new(StorageFailure::TimedOut));
        }
    }
    if position.covers() {
        // The change that it has replaced is made up for first: whatever is stored is older.
        removed_in_turn(engine, writes, configuration, &position, key, (timer, patience)).await?;
        seen.with(|seen| *seen = Some(None));
        return Ok(());
    }
    let present = looked(engine, configuration, key, timer).await?;
    seen.with(|seen| *seen = Some(present));
    Ok(())
}

/// Looks an answer up. A storage that fails fails the update, which would otherwise begin anew.
async fn looked<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    key: &KeyOf<M>,
    timer: Option<&M::Clock>,
) -> Result<Option<CacheEntry<ValueOf<M>>>, StorageError> {
    let sight = engine.sight(configuration, key);
    let get = configuration.get(key, engine.runtime.now());
    let found = match timer {
        Some(timer) => within::<_, M>(engine.settings.storage_timeout, timer, get)
            .await
            .unwrap_or_else(|_| Err(Arc::new(StorageFailure::TimedOut))),
        None => get.await,
    };
    let error = found.as_ref().err().cloned();
    let seen = judged(engine, configuration, key, found, sight, (engine.runtime.now(), None));
    error.map_or(Ok(seen.servable()), Err)
}
