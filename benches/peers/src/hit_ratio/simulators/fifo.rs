//! First in, first out.

use alloc::collections::VecDeque;

use crate::hit_ratio::subject::Subject;

/// Evicts the key that was inserted longest ago.
#[derive(Debug)]
pub struct Fifo {
    capacity: usize,
    present: Vec<bool>,
    queue: VecDeque<u32>,
}

impl Fifo {
    /// Makes room for `capacity` of `distinct` keys.
    #[must_use]
    pub fn new(distinct: usize, capacity: usize) -> Self {
        Self { capacity, present: vec![false; distinct], queue: VecDeque::new() }
    }
}

impl Subject for Fifo {
    fn ask(&mut self, key: u32) -> bool {
        if self.present[key as usize] {
            return true;
        }
        if self.queue.len() == self.capacity
            && let Some(victim) = self.queue.pop_front()
        {
            self.present[victim as usize] = false;
        }
        self.present[key as usize] = true;
        self.queue.push_back(key);
        false
    }
}
