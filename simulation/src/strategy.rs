//! An eviction strategy that can be asked what it knows.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use evermemo_core::{CacheEntry, EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy};

use crate::world::Value;

/// The strategy that goes by the last write, and beside it the keys that it has been told of.
pub(crate) struct Watched {
    within: LeastRecentlyUpdatedEvictionStrategy<u32>,
    known: Mutex<BTreeSet<u32>>,
}

impl Watched {
    pub(crate) fn new(capacity: usize) -> Self {
        let within = LeastRecentlyUpdatedEvictionStrategy::new(capacity);
        Self { within, known: Mutex::default() }
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EvictionStrategy<u32, Value> for Watched {
    fn mark_read(&self, _key: &u32) {}

    fn mark_written(&self, key: &u32, entry: &CacheEntry<Value>) {
        self.known().insert(*key);
        self.within.mark_written(key, entry);
    }

    fn mark_released(&self, key: &u32) {
        self.known().remove(key);
        EvictionStrategy::<u32, Value>::mark_released(&self.within, key);
    }

    fn next_to_release(&self) -> Option<u32> {
        EvictionStrategy::<u32, Value>::next_to_release(&self.within)
    }
}
