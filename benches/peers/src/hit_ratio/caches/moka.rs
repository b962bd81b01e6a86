use evermemo_benches::now;
use moka::future::Cache;

use crate::hit_ratio::subject::Subject;

/// moka's cache for async code.
///
/// It notes what is read and inserted, and chooses its victims later, for many entries at once.
/// Until then it keeps more entries than its capacity allows.
#[derive(Debug)]
pub struct Moka {
    cache: Cache<u32, ()>,
    bounded: bool,
}

impl Moka {
    /// Makes room for `capacity` keys, of which moka chooses when it makes use.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { cache: Cache::new(capacity as u64), bounded: false }
    }

    /// Makes room for `capacity` keys, and has moka choose its victims after each insertion, so
    /// that it keeps its bound as the others do.
    #[must_use]
    pub fn bounded(capacity: usize) -> Self {
        Self { bounded: true, ..Self::new(capacity) }
    }
}

impl Subject for Moka {
    fn ask(&mut self, key: u32) -> bool {
        if now(self.cache.get(&key)).is_some() {
            return true;
        }
        now(self.cache.insert(key, ()));
        if self.bounded {
            now(self.cache.run_pending_tasks());
        }
        false
    }
}
