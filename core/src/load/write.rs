//! Storing a loaded entry where writes take time.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use async_lock::SemaphoreGuard;

use super::{Ending, store, store::stays_out};
use crate::{
    configuration::AnyConfiguration,
    engine::{Engine, Fate, Stored, WriteTask, Writes},
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    freshness::is_dead_at_birth,
    future::{contained, within},
    lanes::{Entry, Position, Put},
    observer::Operation,
    planted::{self, Fault},
    runtime::{AnyClock, BoxFuture, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// Writes a loaded entry.
pub(crate) async fn written<M: Threading>(engine: Arc<Engine<M>>, written: WriteTask<M>) -> Stored {
    let WriteTask { snapshot, flight, ticket, entry, now, waits } = written;
    let mut ending = Ending::new(&engine, &flight, ticket);
    write(&*snapshot, &mut ending, entry, now, waits, Some(&*flight.runtime())).await
}

/// Offers the entry, built at `now`, if its flight is current, and lands the flight: after the
/// offer where that takes no wait; otherwise before it, and then the key stays the flight's until
/// the offer has ended. From the first wait on a task of the runtime drives it, as others wait for
/// the turn.
///
/// A storage that fails, panics or takes too long by the timer, if there is one, costs the entry,
/// not the answer.
pub(crate) async fn write<M: Threading>(
    configuration: &M::Configuration,
    ending: &mut Ending<'_, M>,
    mut entry: CacheEntry<ValueOf<M>>,
    now: Instant,
    waits: bool,
    timer: Option<&M::Clock>,
) -> Stored {
    let (engine, flight) = (ending.engine, ending.flight);
    let Some(writes) = &engine.writes else { return store(configuration, ending, entry, now) };
    let (key, patience) = (&flight.key, engine.settings.storage_timeout);
    // An outdated entry takes no turn from a newer one.
    if stays_out::<M>(flight.is_kept_out(), &entry) || !flight.is_current() {
        let stored = if flight.is_kept_out() { Stored::Dead } else { Stored::Superseded };
        ending.land(Ok(entry));
        return stored;
    }
    let early = planted::is(Fault::FencedEarly);
    let mut debt = Debt { engine, key, owed: flight.is_insertion() };
    let turns = Engine::<M>::writes_take_turns(configuration, waits);
    let entered = match turns {
        true => Box::pin(turn(writes, ending, &entry, waits, timer, &mut debt.owed)).await,
        false => Ok((writes.lanes.apart(key), None)),
    };
    let (position, pending) = match entered {
        Ok(entered) => entered,
        Err(stored) => {
            match &stored {
                Stored::Failed(_) => {
                    writes.lanes.owed.outdo(Some(key), entry.created, now);
                    engine.storage_failed(Some(key), Operation::Offer);
                }
                _ => debt.owed = false,
            }
            drop(debt);
            ending.land(Ok(entry));
            return stored;
        }
    };
    // Dropped before the position: the next writer, or a look, finds it noted.
    let mut debt = debt;
    if turns {
        engine.flights.come_first(flight);
    }

    let now = if turns { engine.runtime.now() } else { now };
    // Earlier writes of the key that may still take effect are older.
    entry.created = writes.lanes.owed.outdo(Some(key), entry.created, now);
    let hash = engine.fixed.then_some(flight.hash);
    let current = || early || ending.is_current();
    let offered = contained(|| configuration.offer(key, hash, &entry, now, &current));
    let is_offered = !matches!(offered, Ok(None));
    let change = match offered {
        Ok(Some(change)) => Ok(change),
        // The write that it has replaced was to change something, and cannot do so any more.
        Ok(None) if position.covers() => contained(|| configuration.release(key)),
        Ok(None) => {
            debt.owed = false;
            drop(debt);
            ending.land(Ok(entry));
            return Stored::Superseded;
        }
        Err(panic) => Err(panic),
    };
    let removed = !is_offered || is_dead_at_birth(&entry, now);
    let until = entry.retain_until.max(entry.expires_after);
    let put = (!removed).then_some(Put { created: entry.created, until, now });
    let mut offering = Offering::<M> { configuration, key, entry: &entry, removed: false };
    let changed: Result<(), StorageError> = match change {
        Err(_) => {
            position.note_late(put, false);
            Err(Arc::new(StorageFailure::Panicked))
        }
        Ok(change) => {
            let mut done = pin!(position.perform(patience, timer, change, put));
            match once(done.as_mut()).await {
                Poll::Ready(changed) => changed,
                Poll::Pending => {
                    ending.answer(&entry);
                    flight.hand_over();
                    done.await
                }
            }
        }
    };
    match &changed {
        Ok(()) => {
            offering.removed = removed;
            debt.owed = false;
            let current = || ending.is_current();
            writes.lanes.owed.settle(Some(key), &|| removed || current());
            writes.note(match removed {
                true => Fate::Hidden(key),
                false => Fate::Shown(key, configuration.storage_number(), &current),
            });
        }
        Err(_) => {
            engine.storage_failed(Some(key), Operation::Offer);
        }
    }
    drop(offering);
    drop(debt);
    position.tell(&changed);
    ending.land(Ok(entry));
    drop(position);
    drop(pending);
    match changed {
        Ok(()) if !is_offered => Stored::Superseded,
        Ok(()) if removed => Stored::Dead,
        Ok(()) => Stored::Kept,
        Err(error) => Stored::Failed(error),
    }
}

/// Waits until there is room for one more pending write, and for the key's turn. Dropped before, it
/// holds nothing.
async fn turn<'a, M: Threading>(
    writes: &'a Writes<M>,
    ending: &Ending<'a, M>,
    entry: &CacheEntry<ValueOf<M>>,
    waits: bool,
    timer: Option<&M::Clock>,
    owed: &mut bool,
) -> Result<(Position<'a, M>, Option<SemaphoreGuard<'a>>), Stored> {
    let (engine, flight) = (ending.engine, ending.flight);
    let patience = engine.settings.storage_timeout;
    let pending = match waits.then(|| writes.pending.try_acquire()) {
        None => None,
        Some(Some(pending)) => Some(pending),
        // The callers wait here: this bounds the writes under way.
        Some(None) => {
            flight.hand_over();
            let acquired: BoxFuture<'_, _> = Box::pin(writes.pending.acquire());
            Some(match timer {
                None => acquired.await,
                Some(timer) => within::<_, M>(patience, timer, acquired)
                    .await
                    .map_err(|_| Stored::failed(StorageFailure::TimedOut))?,
            })
        }
    };
    let position = writes.lanes.queue(Some(&flight.key), flight.is_insertion());
    // Dropped while it waits, it leaves the change of the write that it has replaced undone.
    *owed |= position.covers();
    if !position.has_entered() {
        ending.answer(entry);
        flight.hand_over();
        match position.entered(patience, timer).await {
            Entry::Entered => {}
            Entry::Replaced(result) => return Err(Stored::Replaced(result)),
            Entry::Ousted => return Err(Stored::failed(StorageFailure::TimedOut)),
        }
    }
    Ok((position, pending))
}

/// An entry on its way to the storage. However that ends, be it by an error, a timeout or a dropped
/// load, the storage may hold it: it is reported to the strategy, so that it leaves in its turn.
struct Offering<'a, M: Threading> {
    configuration: &'a M::Configuration,
    key: &'a KeyOf<M>,
    entry: &'a CacheEntry<ValueOf<M>>,
    /// The storage has no entry of the key any more.
    removed: bool,
}

impl<M: Threading> Drop for Offering<'_, M> {
    fn drop(&mut self) {
        let strategy = self.configuration;
        if strategy.bounds() && !planted::is(Fault::StrategyUntold) {
            drop(contained(|| match self.removed {
                true => strategy.mark_released(self.key),
                false => strategy.mark_written(self.key, self.entry),
            }));
        }
    }
}

/// The storage's entry of a key is out of date, unless this is paid.
struct Debt<'a, M: Threading> {
    engine: &'a Engine<M>,
    key: &'a KeyOf<M>,
    owed: bool,
}

impl<M: Threading> Drop for Debt<'_, M> {
    fn drop(&mut self) {
        if self.owed {
            self.engine.owe(self.key);
        }
    }
}

async fn once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
