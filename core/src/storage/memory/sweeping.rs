//! Removing what is dead, and what has been counted of those who left.

use super::{LocalInMemoryCacheStorage, leavers::Leavers, shard::Shard};
use crate::{storage::Departures, sync::ReadersLock, time::Instant};

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H> {
    /// Removes what is dead at `now`, and returns how many entries are left.
    pub(super) fn sweep_dead(&self, now: Instant) -> usize {
        self.shards.iter().for_each(|lock| self.sweep_shard(lock, now));
        self.len()
    }

    /// Sweeps a shard in portions, between which others have their turns.
    fn sweep_shard(&self, lock: &ReadersLock<Shard<K, V>>, now: Instant) {
        // Who reads keeps nobody from reading.
        if !lock.read().may_have_dead(now) {
            return;
        }
        let mut walk = None;
        loop {
            let mut left = Leavers::None;
            let more = lock.write(|shard| {
                let swept = shard.sweep(&mut walk, now, &mut left);
                self.budget.release(swept.weight, swept.entries);
                swept.more
            });
            left.clear();
            if !more {
                return;
            }
        }
    }

    /// Counts those who have left by themselves.
    pub(super) fn departed(&self) -> Departures {
        let departed = self.shards.iter().map(|lock| lock.read().departures());
        departed.fold(Departures::default(), |sum, departures| sum + departures)
    }
}
