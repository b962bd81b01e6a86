//! An eviction strategy that remembers what it was told.

use evermemo::{CacheEntry, EvictionStrategy};
use std::{fmt, sync::Mutex};

/// Remembers what it is told, and names the victims of another strategy, or none.
///
/// It goes into an `Arc`, one for the cache and one for the test.
pub struct Recording<K, V> {
    names: Option<Box<dyn EvictionStrategy<K, V> + Send + Sync>>,
    heard: Mutex<Heard<K, V>>,
}

struct Heard<K, V> {
    read: Vec<K>,
    written: Vec<(K, CacheEntry<V>)>,
    released: Vec<K>,
    asked: Vec<Option<K>>,
    tracked: Vec<K>,
}

impl<K: Clone + Ord, V: Clone> Recording<K, V> {
    /// Has no victim.
    #[must_use]
    pub fn new() -> Self {
        Self::of(None)
    }

    /// Names the victims of `strategy`, which is told everything.
    pub fn around(strategy: impl EvictionStrategy<K, V> + Send + Sync) -> Self {
        Self::of(Some(Box::new(strategy)))
    }

    fn of(names: Option<Box<dyn EvictionStrategy<K, V> + Send + Sync>>) -> Self {
        let heard = Heard {
            read: Vec::new(),
            written: Vec::new(),
            released: Vec::new(),
            asked: Vec::new(),
            tracked: Vec::new(),
        };
        Self { names, heard: Mutex::new(heard) }
    }

    /// Returns the keys that were read, in order.
    pub fn read(&self) -> Vec<K> {
        self.with(|heard| heard.read.clone())
    }

    /// Returns the keys that were written, in order.
    pub fn written(&self) -> Vec<K> {
        self.with(|heard| heard.written.iter().map(|(key, _)| key.clone()).collect())
    }

    /// Returns the entries that were written, in order.
    pub fn entries(&self) -> Vec<CacheEntry<V>> {
        self.with(|heard| heard.written.iter().map(|(_, entry)| entry.clone()).collect())
    }

    /// Returns the keys that were released, in order.
    pub fn released(&self) -> Vec<K> {
        self.with(|heard| heard.released.clone())
    }

    /// Returns what it answered when it was asked for a victim, in order.
    pub fn asked(&self) -> Vec<Option<K>> {
        self.with(|heard| heard.asked.clone())
    }

    /// Returns the keys that were written and not released since, sorted.
    pub fn tracked(&self) -> Vec<K> {
        self.with(|heard| heard.tracked.clone())
    }
}

impl<K, V> Recording<K, V> {
    fn with<O>(&self, f: impl FnOnce(&mut Heard<K, V>) -> O) -> O {
        f(&mut self.heard.lock().expect("nothing panics in here"))
    }
}

impl<K: Clone + Ord + 'static, V: Clone + 'static> EvictionStrategy<K, V> for Recording<K, V> {
    fn mark_read(&self, key: &K) {
        self.with(|heard| heard.read.push(key.clone()));
        if let Some(names) = &self.names {
            names.mark_read(key);
        }
    }

    fn mark_written(&self, key: &K, entry: &CacheEntry<V>) {
        self.with(|heard| {
            heard.written.push((key.clone(), entry.clone()));
            if let Err(place) = heard.tracked.binary_search(key) {
                heard.tracked.insert(place, key.clone());
            }
        });
        if let Some(names) = &self.names {
            names.mark_written(key, entry);
        }
    }

    fn mark_released(&self, key: &K) {
        self.with(|heard| {
            heard.released.push(key.clone());
            heard.tracked.retain(|tracked| tracked != key);
        });
        if let Some(names) = &self.names {
            names.mark_released(key);
        }
    }

    fn next_to_release(&self) -> Option<K> {
        let named = self.names.as_ref().and_then(|names| names.next_to_release());
        self.with(|heard| heard.asked.push(named.clone()));
        named
    }
}

impl<K: Clone + Ord, V: Clone> Default for Recording<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> fmt::Debug for Recording<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").finish_non_exhaustive()
    }
}
