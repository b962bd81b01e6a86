//! Least recently used.

use alloc::collections::VecDeque;

use crate::hit_ratio::subject::Subject;

/// Evicts the key that was asked for longest ago.
#[derive(Debug)]
pub struct Lru {
    capacity: usize,
    len: usize,
    turn: u64,
    /// When each key was last asked for, if it is present.
    last: Vec<Option<u64>>,
    /// Each request in its order; only the last one of a key that is present counts.
    queue: VecDeque<(u32, u64)>,
}

impl Lru {
    /// Makes room for `capacity` of `distinct` keys.
    #[must_use]
    pub fn new(distinct: usize, capacity: usize) -> Self {
        Self { capacity, len: 0, turn: 0, last: vec![None; distinct], queue: VecDeque::new() }
    }

    fn evict(&mut self) {
        while let Some((victim, turn)) = self.queue.pop_front() {
            if self.last[victim as usize] == Some(turn) {
                self.last[victim as usize] = None;
                self.len -= 1;
                return;
            }
        }
    }
}

impl Subject for Lru {
    fn ask(&mut self, key: u32) -> bool {
        let hit = self.last[key as usize].is_some();
        if !hit {
            if self.len == self.capacity {
                self.evict();
            }
            self.len += 1;
        }
        self.turn += 1;
        self.last[key as usize] = Some(self.turn);
        self.queue.push_back((key, self.turn));
        hit
    }
}
