use core::fmt;

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::hit_ratio::subject::Subject;

/// quick_cache's cache for threads, in one shard.
pub struct QuickCache(Cache<u32, ()>);

impl QuickCache {
    /// Makes room for `capacity` keys.
    ///
    /// # Panics
    ///
    /// If quick_cache does not accept its own defaults.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let options = OptionsBuilder::new()
            .estimated_items_capacity(capacity)
            .weight_capacity(capacity as u64)
            .shards(1)
            .build()
            .expect("all that has no default is set");
        let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self(Cache::with_options(options, UnitWeighter, hasher, lifecycle))
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
