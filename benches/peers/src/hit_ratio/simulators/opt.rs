//! The optimum, which knows the future.

use alloc::collections::BinaryHeap;

use crate::hit_ratio::subject::Subject;

/// Evicts the key that is asked for again last of all, be it the one that has just come.
///
/// No policy has more hits: L. A. Belady, "A study of replacement algorithms for a virtual-storage
/// computer", IBM Systems Journal 5(2), 1966, the algorithm MIN; with leave not to keep what is
/// asked for.
#[derive(Debug)]
pub struct Opt {
    capacity: usize,
    len: usize,
    /// How many requests have been answered.
    turn: usize,
    /// For each request, when its key is asked for again.
    next: Vec<usize>,
    /// When each key is asked for again, if it is present.
    again: Vec<Option<usize>>,
    /// The keys by that time; only what agrees with `again` counts.
    queue: BinaryHeap<(usize, u32)>,
}

/// In place of a time: not again.
const NEVER: usize = usize::MAX;

impl Opt {
    /// Makes room for `capacity` of `distinct` keys, which will be asked for as in `requests`.
    #[must_use]
    pub fn new(distinct: usize, capacity: usize, requests: &[u32]) -> Self {
        let mut later = vec![NEVER; distinct];
        let mut next = vec![NEVER; requests.len()];
        for (turn, &key) in requests.iter().enumerate().rev() {
            next[turn] = core::mem::replace(&mut later[key as usize], turn);
        }
        let again = vec![None; distinct];
        Self { capacity, len: 0, turn: 0, next, again, queue: BinaryHeap::new() }
    }

    fn evict(&mut self) {
        while let Some((turn, victim)) = self.queue.pop() {
            if self.again[victim as usize] == Some(turn) {
                self.again[victim as usize] = None;
                self.len -= 1;
                return;
            }
        }
    }
}

impl Subject for Opt {
    /// Asks for `key`.
    ///
    /// # Panics
    ///
    /// If there are more requests than were foretold.
    fn ask(&mut self, key: u32) -> bool {
        let next = self.next[self.turn];
        self.turn += 1;
        let hit = self.again[key as usize].replace(next).is_some();
        self.queue.push((next, key));
        if !hit {
            self.len += 1;
            if self.len > self.capacity {
                self.evict();
            }
        }
        hit
    }
}
