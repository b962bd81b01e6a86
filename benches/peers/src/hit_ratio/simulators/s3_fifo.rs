//! S3-FIFO as published.

use alloc::collections::VecDeque;

use super::ghost::Ghost;
use crate::hit_ratio::subject::Subject;

/// A small queue for what is new, a main one for what has been asked for again.
///
/// J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you need for cache
/// eviction", SOSP 2023, Algorithm 1.
#[derive(Debug)]
pub struct S3Fifo {
    capacity: usize,
    small_capacity: usize,
    small: VecDeque<u32>,
    main: VecDeque<u32>,
    ghost: Ghost,
    /// How often each key that is present was asked for since it came, up to 3.
    counts: Vec<Option<u8>>,
}

impl S3Fifo {
    /// Makes room for `capacity` of `distinct` keys.
    #[must_use]
    pub fn new(distinct: usize, capacity: usize) -> Self {
        let small_capacity = (capacity / 10).max(1);
        Self {
            capacity,
            small_capacity,
            small: VecDeque::new(),
            main: VecDeque::new(),
            ghost: Ghost::new(distinct, capacity - small_capacity),
            counts: vec![None; distinct],
        }
    }

    /// Evicts one key, unless what was to leave the small queue moves into a main one with room.
    fn evict(&mut self) {
        if self.small.len() < self.small_capacity {
            return self.evict_from_main();
        }
        let Some(key) = self.small.pop_front() else { return };
        if self.counts[key as usize] > Some(1) {
            self.counts[key as usize] = Some(0);
            self.main.push_back(key);
            if self.main.len() > self.capacity - self.small_capacity {
                self.evict_from_main();
            }
        } else {
            self.counts[key as usize] = None;
            self.ghost.insert(key);
        }
    }

    fn evict_from_main(&mut self) {
        while let Some(key) = self.main.pop_front() {
            match &mut self.counts[key as usize] {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    self.main.push_back(key);
                }
                absent => {
                    *absent = None;
                    return;
                }
            }
        }
    }
}

impl Subject for S3Fifo {
    fn ask(&mut self, key: u32) -> bool {
        if let Some(count) = &mut self.counts[key as usize] {
            *count = (*count + 1).min(3);
            return true;
        }
        while self.small.len() + self.main.len() >= self.capacity {
            self.evict();
        }
        self.counts[key as usize] = Some(0);
        if self.ghost.take(key) { &mut self.main } else { &mut self.small }.push_back(key);
        false
    }
}
