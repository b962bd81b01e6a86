//! The reference's policy: the entry that was written longest ago leaves first.

use core::{fmt, hash::Hash};

use hashbrown::HashMap;

use super::EvictionStrategy;
use crate::{defaults::CAPACITY, entry::CacheEntry, hasher::KeyHasher, sync::Mutex};

use alloc::collections::BTreeMap;

/// Keeps `capacity` entries and evicts the one whose last write is the oldest.
///
/// Reads change nothing. Every operation takes logarithmic time.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, LeastRecentlyUpdatedEvictionStrategy, Source};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime.clone())
///     .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(2))
///     .wrap(|n: u64| async move { n * n });
/// for n in [1, 2, 1, 3] {
///     squares.call(n).await?;
/// }
/// runtime.settle().await;
/// assert_eq!(squares.len(), 2);
/// // It was read again since, but it is the one that was written first.
/// assert_eq!(squares.outcome(1).await?.source, Source::Loaded);
/// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
pub struct LeastRecentlyUpdatedEvictionStrategy<K> {
    capacity: usize,
    written: Mutex<WriteOrder<K>>,
}

struct WriteOrder<K> {
    clock: u64,
    order: BTreeMap<u64, K>,
    turns: HashMap<K, u64, KeyHasher>,
}

impl<K> LeastRecentlyUpdatedEvictionStrategy<K> {
    /// Bounds the storage to `capacity` entries; with 0 an entry leaves once its callers have it.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let written = WriteOrder {
            clock: 0,
            order: BTreeMap::new(),
            turns: HashMap::with_hasher(Default::default()),
        };
        Self { capacity, written: Mutex::new(written) }
    }
}

impl<K> Default for LeastRecentlyUpdatedEvictionStrategy<K> {
    /// Bounds the storage to 4,096 entries.
    fn default() -> Self {
        Self::new(CAPACITY)
    }
}

impl<K> fmt::Debug for LeastRecentlyUpdatedEvictionStrategy<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeastRecentlyUpdatedEvictionStrategy")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

impl<K, V> EvictionStrategy<K, V> for LeastRecentlyUpdatedEvictionStrategy<K>
where
    K: Hash + Eq + Clone + 'static,
{
    fn observes_reads(&self) -> bool {
        false
    }

    fn mark_read(&self, _key: &K) {}

    fn mark_written(&self, key: &K, _entry: &CacheEntry<V>) {
        let (first, second) = (key.clone(), key.clone());
        let replaced = self.written.with(|written| {
            written.clock += 1;
            let turn = written.clock;
            let earlier = written.turns.insert(first, turn);
            let replaced = earlier.and_then(|turn| written.order.remove(&turn));
            written.order.insert(turn, second);
            replaced
        });
        drop(replaced);
    }

    fn mark_released(&self, key: &K) {
        let forgotten = self.written.with(|written| {
            written.turns.remove_entry(key).map(|(key, turn)| (key, written.order.remove(&turn)))
        });
        drop(forgotten);
    }

    fn next_to_release(&self) -> Option<K> {
        self.written.with(|written| {
            let over = written.order.len() > self.capacity;
            over.then(|| written.order.first_key_value().map(|(_, key)| key.clone())).flatten()
        })
    }
}
