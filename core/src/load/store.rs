//! From a loaded entry to a stored one.

use core::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
};

use async_lock::SemaphoreGuard;

use super::Ending;
use crate::{
    configuration::AnyConfiguration,
    engine::Engine,
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    freshness::is_dead,
    future::{KeyLock, TimedOut, contained, contained_future, within},
    observer::Operation,
    planted::{self, Fault},
    runtime::{AnyClock, BoxFuture, KeyOf, Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

use alloc::boxed::Box;

/// Offers the entry, built at `now`, if its flight is current, and lands the flight: after the offer where that takes
/// no wait, else before, and then the key stays the flight's until the offer has ended.
///
/// A storage that fails, panics or takes too long costs the entry, not the answer.
pub(crate) async fn store<M: Threading>(
    configuration: &M::Configuration,
    ending: &mut Ending<'_, M>,
    entry: CacheEntry<ValueOf<M>>,
    now: Instant,
    waits: bool,
) -> Stored {
    let (engine, flight) = (ending.engine, ending.flight);
    let (key, runtime) = (&flight.key, flight.runtime());
    let patience = engine.settings.storage_timeout;

    // An answer to those who wait and to nobody else: offered, it would take the place of an entry
    // that is one.
    if is_dead(&entry, entry.created) {
        ending.land(Ok(entry));
        return Stored::Dead;
    }

    let early = planted::is(Fault::FencedEarly) && flight.is_current();
    let place = if Engine::<M>::writes_take_turns(configuration, waits) {
        match Box::pin(place(ending, &entry, waits)).await {
            Ok(place) => Some(place),
            Err(TimedOut) => {
                engine.storage_failed(Some(key), Operation::Offer);
                ending.land(Ok(entry));
                return Stored::failed(StorageFailure::TimedOut);
            }
        }
    } else {
        None
    };

    let now = if place.is_some() { runtime.now() } else { now };
    let (storage, hash) = (configuration, engine.fixed.then_some(flight.hash));
    let current = || early || ending.is_current();
    let offered = contained(|| storage.offer(key, hash, &entry, now, &current));
    if let Ok(None) = offered {
        ending.land(Ok(entry));
        return Stored::Superseded;
    }
    let offering = Offering::<M> { configuration, key, entry: &entry };
    let stored = match offered {
        Ok(None) | Err(_) => Stored::failed(StorageFailure::Panicked),
        Ok(Some(done)) => {
            let mut done = pin!(within::<_, M>(patience, runtime, contained_future(|| done)));
            let done = match once(done.as_mut()).await {
                Poll::Ready(done) => done,
                Poll::Pending => {
                    ending.answer(&entry);
                    done.await
                }
            };
            match done {
                Ok(Ok(Ok(()))) => Stored::Kept,
                Ok(Ok(Err(error))) => Stored::Failed(error),
                Ok(Err(_)) => Stored::failed(StorageFailure::Panicked),
                Err(TimedOut) => Stored::failed(StorageFailure::TimedOut),
            }
        }
    };
    let lane = place.map(|place| place.lane);
    if matches!(stored, Stored::Failed(_)) {
        engine.storage_failed(Some(key), Operation::Offer);
    }

    drop(offering);
    ending.land(Ok(entry));
    drop(lane);
    stored
}

/// What a write holds that takes its turn.
struct Place<'a, M: Threading> {
    lane: KeyLock<'a, KeyOf<M>>,
    /// Held until the write has ended, if the storage waits.
    _pending: Option<SemaphoreGuard<'a>>,
}

/// Waits for the key's lane, and for a place among the writes of a storage that waits. Dropped
/// before, it holds nothing.
async fn place<'a, M: Threading>(
    ending: &Ending<'a, M>,
    entry: &CacheEntry<ValueOf<M>>,
    waits: bool,
) -> Result<Place<'a, M>, TimedOut> {
    let (engine, flight) = (ending.engine, ending.flight);
    let (runtime, patience) = (flight.runtime(), engine.settings.storage_timeout);
    let lane = match engine.lanes.try_enter(&flight.key) {
        Some(lane) => lane,
        None => {
            ending.answer(entry);
            within::<_, M>(patience, runtime, engine.lanes.enter(&flight.key)).await?
        }
    };
    let pending = match waits.then(|| engine.pending_writes.try_acquire()) {
        None => None,
        Some(Some(pending)) => Some(pending),
        // The callers wait here: this is what bounds the writes under way.
        Some(None) => {
            let acquired: BoxFuture<'_, _> = Box::pin(engine.pending_writes.acquire());
            Some(within::<_, M>(patience, runtime, acquired).await?)
        }
    };
    Ok(Place { lane, _pending: pending })
}

/// An entry on its way to the storage. However that ends, be it by an error, a timeout or a dropped
/// load, the storage may hold it: the strategy hears of it, so that it leaves in its turn.
struct Offering<'a, M: Threading> {
    configuration: &'a M::Configuration,
    key: &'a KeyOf<M>,
    entry: &'a CacheEntry<ValueOf<M>>,
}

impl<M: Threading> Drop for Offering<'_, M> {
    fn drop(&mut self) {
        let strategy = self.configuration;
        if strategy.bounds() && !planted::is(Fault::StrategyUntold) {
            drop(contained(|| strategy.mark_written(self.key, self.entry)));
        }
    }
}

/// What became of an entry.
pub(crate) enum Stored {
    Kept,
    /// It was dead at birth and not offered.
    Dead,
    /// Something newer had come first.
    Superseded,
    /// With the storage's error, or what it failed by.
    Failed(StorageError),
}

impl Stored {
    #[cold]
    fn failed(failure: StorageFailure) -> Self {
        Self::Failed(Arc::new(failure))
    }
}

async fn once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}
