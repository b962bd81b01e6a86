//! No eviction from outside.

use super::EvictionStrategy;
use crate::entry::CacheEntry;

/// Leaves the bound to the storage, which may have none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvictionStrategy;

impl<K, V> EvictionStrategy<K, V> for NoEvictionStrategy {
    #[inline]
    fn observes_reads(&self) -> bool {
        false
    }

    fn mark_read(&self, _key: &K) {}

    fn mark_written(&self, _key: &K, _entry: &CacheEntry<V>) {}

    fn mark_released(&self, _key: &K) {}

    fn next_to_release(&self) -> Option<K> {
        None
    }

    #[inline]
    fn bounds(&self) -> bool {
        false
    }
}
