//! Nothing old wins.

mod cancelled;
mod forced;
mod inserted;
mod invalidated;
mod late;
mod overlapping;
mod seeded;
mod unpolled;
mod unwritten;
mod writes;

use evermemo::LocalInMemoryCacheStorage;
use evermemo_tests::stored;
use std::sync::Arc;

type Memory = Arc<LocalInMemoryCacheStorage<u32, u32>>;

fn memory() -> Memory {
    Arc::new(LocalInMemoryCacheStorage::new(10))
}

/// The value stored for a key.
fn value_of(storage: &LocalInMemoryCacheStorage<u32, u32>, key: u32) -> Option<u32> {
    stored(storage, &key).map(|entry| entry.value)
}
