use evermemo_benches::now;
use moka::future::Cache;

use crate::hit_ratio::subject::Subject;

/// moka's cache for async code.
#[derive(Debug)]
pub struct Moka(Cache<u32, ()>);

impl Moka {
    /// Makes room for `capacity` keys.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity as u64))
    }
}

impl Subject for Moka {
    fn ask(&mut self, key: u32) -> bool {
        if now(self.0.get(&key)).is_some() {
            return true;
        }
        now(self.0.insert(key, ()));
        // Until then there are more entries than the capacity allows.
        now(self.0.run_pending_tasks());
        false
    }
}
