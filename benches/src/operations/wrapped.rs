//! A storage of one's own.

use core::convert::Infallible;

use evermemo_core::{CacheEntry, CacheStorage, Found, Instant, LocalInMemoryCacheStorage, Lookup};

type Memory = LocalInMemoryCacheStorage<u64, u64>;

/// Memory as a user might write it: what a storage has to have, and answers without a future.
#[derive(Debug, Default)]
pub(super) struct Wrapped(Memory);

impl CacheStorage<u64, u64> for Wrapped {
    type Error = Infallible;
    type Get = <Memory as CacheStorage<u64, u64>>::Get;
    type Done = <Memory as CacheStorage<u64, u64>>::Done;

    fn get(&self, key: &u64, now: Instant) -> Self::Get {
        self.0.get(key, now)
    }

    fn offer(&self, key: &u64, entry: &CacheEntry<u64>, now: Instant) -> Self::Done {
        self.0.offer(key, entry, now)
    }

    fn release(&self, key: &u64) -> Self::Done {
        self.0.release(key)
    }

    fn get_now<Q: Lookup<u64> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
    ) -> Option<Found<u64, Infallible>> {
        self.0.get_now(key, now)
    }
}
