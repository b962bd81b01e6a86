use core::fmt;

use foyer_memory::{Cache, CacheBuilder, EvictionConfig};

use crate::hit_ratio::subject::Subject;

/// foyer's cache in memory, in one shard: with more it has fewer hits.
pub struct Foyer(Cache<u32, ()>);

impl Foyer {
    /// Makes room for `capacity` keys; `policy` says who leaves.
    #[must_use]
    pub fn new(capacity: usize, policy: impl Into<EvictionConfig>) -> Self {
        Self(CacheBuilder::new(capacity).with_shards(1).with_eviction_config(policy).build())
    }
}

impl Subject for Foyer {
    fn ask(&mut self, key: u32) -> bool {
        if self.0.get(&key).is_some() {
            return true;
        }
        self.0.insert(key, ());
        false
    }
}

impl fmt::Debug for Foyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Foyer").finish_non_exhaustive()
    }
}
