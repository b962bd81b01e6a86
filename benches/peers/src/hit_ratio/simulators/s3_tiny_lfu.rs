//! The rules of Evermemo's default policy.

use alloc::collections::VecDeque;
use core::hash::BuildHasher;

use foldhash::quality::FixedState;

use super::{ghost::Ghost, sketch::Sketch};
use crate::hit_ratio::subject::Subject;

/// S3-FIFO whose main queue, once full, is entered by what is asked for more often than its victim.
///
/// The queues and the counters are those of [`S3Fifo`](super::S3Fifo). The comparison is the
/// admission of TinyLFU (G. Einziger, R. Friedman, B. Manes, ACM ToS 13(4), 2017, section 3.1)
/// with a sketch that is written on the way of a miss only: a key's own counter is added when
/// the key comes to the front of a queue.
#[derive(Debug)]
pub struct S3TinyLfu {
    capacity: usize,
    len: usize,
    /// How often each key that is present was asked for since it came, up to 3.
    counts: Vec<Option<u8>>,
    shards: Vec<Shard>,
}

/// What keys of one share of the hashes have to themselves.
#[derive(Debug)]
struct Shard {
    small: VecDeque<u32>,
    main: VecDeque<u32>,
    ghost: Ghost,
    sketch: Sketch,
    /// Of the entries before the cache is full.
    small_capacity: usize,
    comparisons: u64,
}

/// One in so many frequent candidates enters against the comparison, so that keys that flood
/// the sketch cannot shut all others out.
const LUCKY: u64 = 128;
/// From which estimate on a candidate may be lucky.
const FREQUENT: u64 = 6;

impl S3TinyLfu {
    /// Makes room for `capacity` of `distinct` keys in `shards` shards, at least one, that share
    /// the room but nothing else.
    #[must_use]
    pub fn new(distinct: usize, capacity: usize, shards: usize) -> Self {
        let share = capacity.div_ceil(shards.max(1));
        let shard = || Shard {
            small: VecDeque::new(),
            main: VecDeque::new(),
            ghost: Ghost::new(distinct, share.div_ceil(4)),
            sketch: Sketch::new(share),
            small_capacity: (share / 10).max(1),
            comparisons: 0,
        };
        let shards = (0..shards.max(1)).map(|_| shard()).collect();
        Self { capacity, len: 0, counts: vec![None; distinct], shards }
    }

    /// Evicts from the shard `home`, or from the next one that has a key.
    fn evict(&mut self, home: usize) {
        let count = self.shards.len();
        let mut around = (home..count).chain(0..home);
        if let Some(shard) = around.find(|&shard| self.shards[shard].len() > 0) {
            self.shards[shard].evict(&mut self.counts);
            self.len -= 1;
        }
    }
}

impl Subject for S3TinyLfu {
    fn ask(&mut self, key: u32) -> bool {
        if let Some(count) = &mut self.counts[key as usize] {
            *count = (*count + 1).min(3);
            return true;
        }
        let hash = hash(key);
        // The lowest bits choose the shard, the highest ones the line of the sketch.
        let home = (hash & 0xffff_ffff) as usize % self.shards.len();
        let shard = &mut self.shards[home];
        shard.sketch.add(hash, 1);
        let known = shard.ghost.take(key);
        if self.len == self.capacity {
            self.evict(home);
        } else if !known {
            shard.make_room();
        }
        self.len += 1;
        self.counts[key as usize] = Some(0);
        let shard = &mut self.shards[home];
        if known { &mut shard.main } else { &mut shard.small }.push_back(key);
        false
    }
}

impl Shard {
    fn len(&self) -> usize {
        self.small.len() + self.main.len()
    }

    /// As long as no entry has to leave, what the small queue cannot hold goes on to the main one.
    fn make_room(&mut self) {
        while self.small.len() >= self.small_capacity
            && let Some(key) = self.small.pop_front()
        {
            self.main.push_back(key);
        }
    }

    /// Evicts exactly one key.
    fn evict(&mut self, counts: &mut [Option<u8>]) {
        if self.small.len() < (self.len() / 10).max(1) {
            if let Some(victim) = self.hand(counts) {
                self.main.pop_front();
                counts[victim as usize] = None;
            }
            return;
        }
        let Some(candidate) = self.small.pop_front() else { return };
        // Its own counter counts in the comparison.
        if let Some(count @ 1..) = counts[candidate as usize] {
            self.sketch.add(hash(candidate), count);
        }
        match self.hand(counts) {
            Some(victim) if self.admits(candidate, victim) => {
                self.main.pop_front();
                counts[victim as usize] = None;
                counts[candidate as usize] = Some(0);
                self.main.push_back(candidate);
            }
            _ => {
                counts[candidate as usize] = None;
                self.ghost.insert(candidate);
            }
        }
    }

    /// Passes over what was asked for until a victim is under the hand, where it stays.
    fn hand(&mut self, counts: &mut [Option<u8>]) -> Option<u32> {
        while let Some(&key) = self.main.front() {
            let Some(count @ 1..) = &mut counts[key as usize] else { return Some(key) };
            *count -= 1;
            self.sketch.add(hash(key), 1);
            self.main.rotate_left(1);
        }
        None
    }

    fn admits(&mut self, candidate: u32, victim: u32) -> bool {
        self.comparisons += 1;
        let estimate = self.sketch.estimate(hash(candidate));
        estimate > self.sketch.estimate(hash(victim))
            || estimate >= FREQUENT && SEED.hash_one(self.comparisons).is_multiple_of(LUCKY)
    }
}

/// Fixed, so that each run brings the same figures.
const SEED: FixedState = FixedState::with_seed(0);

fn hash(key: u32) -> u64 {
    SEED.hash_one(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often of 12,800 times a candidate with this estimate beats a victim with the highest.
    fn admitted(estimate: u8) -> usize {
        let mut cache = S3TinyLfu::new(2, 100, 1);
        let shard = &mut cache.shards[0];
        shard.sketch.add(hash(0), estimate);
        shard.sketch.add(hash(1), 15);
        (0..12_800).filter(|_| shard.admits(0, 1)).count()
    }

    #[test]
    fn a_frequent_loser_enters_now_and_then() {
        let count = admitted(6);
        assert!((50..200).contains(&count), "{count} of 12,800");
    }

    #[test]
    fn a_rare_loser_never_enters() {
        assert_eq!(admitted(5), 0);
    }
}
