//! Tours of all entries, in portions between which others have their turns.

use core::any::Any;

use super::{Table, tour_stop::TourStop};
use crate::sync::Arc;

use alloc::vec::Vec;

/// The progress of a tour.
///
/// The hashes of a shard are copied once, and then asked for in portions. So a tour comes once to
/// each entry that is there throughout, whatever comes, moves and leaves meanwhile, and no more
/// than once to any key.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Tour {
    /// How many shards have been begun.
    shards: usize,
    /// The hashes of the last of them that are left.
    hashes: Vec<u64>,
}

/// How many hashes are asked for under one lock.
const PORTION: usize = 256;

impl Tour {
    /// Shows the entries of the next portion to `copy`, and returns whether there was one. `copy`
    /// runs under a lock, so it clones at most.
    ///
    /// # Panics
    ///
    /// If the [shards](crate::CacheStorage::shards) are none of keys `K` and values `V`.
    pub fn go_on<K: 'static, V: 'static>(
        &mut self,
        shards: &dyn Any,
        copy: &mut dyn FnMut(TourStop<'_, K, V>),
    ) -> bool {
        let table = shards.downcast_ref::<Arc<Table<K, V>>>().map(|table| &table.shards);
        let Some(shards) = table.or_else(|| shards.downcast_ref()) else {
            panic!("the entries of a cache are of one type")
        };
        while self.hashes.is_empty() {
            let Some(lock) = shards.get(self.shards) else { return false };
            self.shards += 1;
            if let Some(shard) = lock.read() {
                shard.copy_hashes(&mut self.hashes);
            }
            // An entry has left several slots behind if it has moved, and keys may share a hash.
            self.hashes.sort_unstable();
            self.hashes.dedup();
        }
        let left = self.hashes.len().saturating_sub(PORTION);
        if let Some(shard) = shards[self.shards - 1].read() {
            for &hash in &self.hashes[left..] {
                shard.show(hash, copy);
            }
        }
        self.hashes.truncate(left);
        true
    }
}

#[cfg(all(test, feature = "testing", not(any(shuttle, evermemo_loom))))]
mod tests {
    use core::{
        hash::{BuildHasherDefault, Hasher},
        num::NonZeroUsize,
    };
    use std::collections::HashMap;

    use super::*;
    use crate::{
        entry::CacheEntry,
        storage::{CacheStorage, LocalInMemoryCacheStorage, Policy},
        time::Instant,
    };

    /// Gives several keys one hash.
    #[derive(Default)]
    struct Coarse(u64);

    impl Hasher for Coarse {
        fn finish(&self) -> u64 {
            (self.0 / 3).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32)
        }

        fn write(&mut self, _bytes: &[u8]) {
            unreachable!("keys are numbers")
        }

        fn write_u64(&mut self, number: u64) {
            self.0 = number;
        }
    }

    type Storage = LocalInMemoryCacheStorage<u64, u64, BuildHasherDefault<Coarse>>;

    fn storage(policy: Policy) -> Storage {
        let shards = NonZeroUsize::new(3).expect("three shards");
        LocalInMemoryCacheStorage::unbounded()
            .with_policy(policy)
            .with_shards(shards)
            .with_hasher(BuildHasherDefault::default())
    }

    fn offer(storage: &Storage, key: u64) {
        let _done = storage.offer(&key, &CacheEntry::new(key, Instant::ZERO), Instant::ZERO);
    }

    /// Goes round once, with `meanwhile` after each portion, and counts how often each key comes.
    fn round(storage: &Storage, mut meanwhile: impl FnMut(u64)) -> (HashMap<u64, u32>, u64) {
        let (mut tour, mut seen, mut portions) = (Tour::default(), HashMap::new(), 0);
        let shards = CacheStorage::<u64, u64>::shards(storage).expect("it is memory");
        while tour.go_on(shards, &mut |stop: TourStop<'_, u64, u64>| {
            assert_eq!((stop.key, stop.usage.weight), (stop.value, 1));
            *seen.entry(*stop.key).or_default() += 1;
        }) {
            portions += 1;
            meanwhile(portions);
        }
        (seen, portions)
    }

    #[test]
    fn a_tour_comes_once_to_each_entry_that_stays() {
        for policy in [Policy::S3TinyLfu, Policy::Lru, Policy::LeastRecentlyUpdated] {
            let storage = storage(policy);
            assert!(round(&storage, |_| {}).0.is_empty());
            (0..5_000).for_each(|key| offer(&storage, key));
            let (seen, portions) = round(&storage, |_| {});
            assert!(seen.len() == 5_000 && seen.values().all(|&times| times == 1));
            assert!(portions >= 5_000 / 3 / PORTION as u64, "{portions}");

            // Even keys stay. Others leave and come back, and those who come make the table grow.
            let (seen, _) = round(&storage, |portion| {
                for key in (1..5_000).step_by(2) {
                    match (key / 2 + portion) % 3 {
                        0 => drop(storage.release(&key)),
                        1 => offer(&storage, key),
                        _ => {}
                    }
                }
                for key in (0..5_000).step_by(2) {
                    // Written anew, or read, it moves in its line.
                    match key % 3 {
                        0 => offer(&storage, key),
                        1 => drop(storage.get_now(&&key, Instant::ZERO)),
                        _ => {}
                    }
                }
                (0..1_000).for_each(|n| offer(&storage, 10_000 + 1_000 * portion + n));
            });
            assert!((0..5_000).step_by(2).all(|key| seen.get(&key) == Some(&1)));
            assert!(seen.values().all(|&times| times == 1));
        }
    }

    #[test]
    fn a_tour_outlasts_a_change_of_capacity() {
        let storage = storage(Policy::LeastRecentlyUpdated);
        (0..5_000).for_each(|key| offer(&storage, key));
        let mut gone = Vec::new();
        let (seen, _) = round(&storage, |_| {
            let before = storage.len();
            storage.set_capacity(before - 100);
            storage.set_capacity(usize::MAX);
            let found = |key: &u64| matches!(storage.get_now(&key, Instant::ZERO), Some(Ok(None)));
            gone = (0..5_000).filter(|key| found(key)).collect();
        });
        assert!(!gone.is_empty());
        assert!((0..5_000).all(|key| gone.contains(&key) || seen.get(&key) == Some(&1)));
    }
}
