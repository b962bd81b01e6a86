//! Storing a loaded entry where that takes no wait.

use super::Ending;
use crate::{
    configuration::AnyConfiguration,
    engine::{Engine, Stored},
    entry::CacheEntry,
    error::StorageFailure,
    flights::Subject,
    freshness::is_dead,
    future::contained,
    observer::Operation,
    planted::{self, Fault},
    runtime::{Threading, ValueOf},
    time::Instant,
};

/// Offers the entry, built at `now`, to a storage without waits, if its flight is current, and
/// lands the flight.
pub(crate) fn store<M: Threading>(
    configuration: &M::Configuration,
    ending: &mut Ending<'_, M>,
    entry: CacheEntry<ValueOf<M>>,
    now: Instant,
) -> Stored {
    let (engine, flight) = (ending.engine, ending.flight);
    let stored =
        offer(engine, configuration, flight.subject(), flight.is_kept_out(), &entry, now, &|| {
            ending.is_current()
        });
    ending.land(Ok(entry));
    stored
}

/// Offers the entry to a storage without waits, if it is `current` then.
#[inline(never)]
pub(crate) fn offer<M: Threading>(
    engine: &Engine<M>,
    configuration: &M::Configuration,
    subject: Subject<'_, M>,
    kept_out: bool,
    entry: &CacheEntry<ValueOf<M>>,
    now: Instant,
    current: &dyn Fn() -> bool,
) -> Stored {
    if stays_out::<M>(kept_out, entry) {
        return Stored::Dead;
    }
    let (key, hash) = (subject.key, engine.fixed.then_some(subject.hash));
    match contained(|| configuration.offer(key, hash, entry, now, current)) {
        Ok(Some(_)) if is_dead(entry, entry.created) => Stored::Dead,
        Ok(Some(_)) => Stored::Kept,
        Ok(None) => Stored::Superseded,
        Err(_) => {
            engine.storage_failed(Some(key), Operation::Offer);
            Stored::failed(StorageFailure::Panicked)
        }
    }
}

/// Returns whether a load's result answers its callers and is not offered. An entry that is dead at
/// birth is offered all the same, as it removes the one that it replaces.
pub(super) fn stays_out<M: Threading>(kept_out: bool, entry: &CacheEntry<ValueOf<M>>) -> bool {
    kept_out || planted::is(Fault::DeadLeavesOlder) && is_dead(entry, entry.created)
}
