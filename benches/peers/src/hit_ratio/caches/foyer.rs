use core::fmt;

use foldhash::fast::RandomState;
use foyer_memory::{Cache, CacheBuilder, CacheProperties, EvictionConfig};

use crate::hit_ratio::subject::Subject;

/// foyer's cache in memory, in one shard.
pub struct Foyer(Cache<u32, (), RandomState, CacheProperties>);

impl Foyer {
    /// Makes room for `capacity` keys; `policy` says who leaves.
    #[must_use]
    pub fn new(capacity: usize, policy: impl Into<EvictionConfig>) -> Self {
        let builder = CacheBuilder::new(capacity).with_shards(1).with_eviction_config(policy);
        Self(builder.with_hash_builder(RandomState::default()).build())
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
