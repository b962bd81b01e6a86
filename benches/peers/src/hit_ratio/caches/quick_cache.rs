use core::fmt;

use quick_cache::sync::Cache;

use crate::hit_ratio::subject::Subject;

/// quick_cache's cache for threads, in as many shards as it chooses: with one it has fewer hits.
pub struct QuickCache(Cache<u32, ()>);

impl QuickCache {
    /// Makes room for `capacity` keys.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }
}

impl Subject for QuickCache {
    fn ask(&mut self, key: u32) -> bool {
        if self.0.get(&key).is_some() {
            return true;
        }
        self.0.insert(key, ());
        false
    }
}

impl fmt::Debug for QuickCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("QuickCache").finish_non_exhaustive()
    }
}
