//! Who leaves when there are too many.

mod agreement;
mod bounds;
mod failures;
mod order;
mod strategies;

use evermemo::{Cache, CacheStorage, LocalInMemoryCacheStorage, Policy, Runtime};
use evermemo_tests::stored;
use std::sync::Arc;

type Memory = Arc<LocalInMemoryCacheStorage<u32, u32>>;

fn memory(capacity: usize) -> Memory {
    Arc::new(LocalInMemoryCacheStorage::new(capacity).with_policy(Policy::LeastRecentlyUpdated))
}

/// Which of these keys are stored.
fn kept<S, I>(storage: &S, among: I) -> Vec<u32>
where
    S: CacheStorage<u32, u32>,
    I: IntoIterator<Item = u32>,
{
    among.into_iter().filter(|key| stored(storage, key).is_some()).collect()
}

/// Which of these keys a cache has stored.
fn cached<V: Clone + 'static, E, R: Runtime>(
    cache: &Cache<u32, V, E, R>,
    among: impl IntoIterator<Item = u32>,
) -> Vec<u32> {
    among.into_iter().filter(|key| cache.entry(key).is_some()).collect()
}

/// The stored value of a key.
fn value(storage: &impl CacheStorage<u32, u32>, key: u32) -> Option<u32> {
    stored(storage, &key).map(|entry| entry.value)
}
