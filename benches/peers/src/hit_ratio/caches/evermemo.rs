use core::num::NonZeroUsize;

use evermemo::{CacheEntry, CacheStorage, Instant, LocalInMemoryCacheStorage, Policy};
use evermemo_benches::now;

use crate::hit_ratio::subject::Subject;

/// Evermemo's storage in memory, asked as its engine asks it.
#[derive(Debug)]
pub struct Evermemo(LocalInMemoryCacheStorage<u32, ()>);

impl Evermemo {
    /// Makes room for `capacity` keys in `shards` shards, at least one.
    #[must_use]
    pub fn new(capacity: usize, policy: Policy, shards: usize) -> Self {
        let shards = NonZeroUsize::new(shards).unwrap_or(NonZeroUsize::MIN);
        let storage = LocalInMemoryCacheStorage::new(capacity);
        Self(storage.with_policy(policy).with_shards(shards))
    }
}

impl Subject for Evermemo {
    fn ask(&mut self, key: u32) -> bool {
        let at = Instant::from_nanos(1);
        if let Some(Ok(Some(_))) = self.0.get_now(&&key, at) {
            return true;
        }
        let Ok(()) = now(self.0.offer(&key, &CacheEntry::new((), at), at));
        false
    }
}
