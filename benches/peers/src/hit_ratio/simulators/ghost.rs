//! Keys that have left not long ago.

use alloc::collections::VecDeque;

/// The last keys that left, without values.
#[derive(Debug)]
pub(super) struct Ghost {
    capacity: usize,
    turn: u64,
    /// When each key came, if it is present.
    since: Vec<Option<u64>>,
    /// Each arrival; one that `since` does not know has been taken.
    queue: VecDeque<(u32, u64)>,
}

impl Ghost {
    pub(super) fn new(distinct: usize, capacity: usize) -> Self {
        Self { capacity, turn: 0, since: vec![None; distinct], queue: VecDeque::new() }
    }

    pub(super) fn insert(&mut self, key: u32) {
        self.turn += 1;
        self.since[key as usize] = Some(self.turn);
        self.queue.push_back((key, self.turn));
        // One that was taken fills its place until its turn comes, as in a ring of fingerprints.
        while self.queue.len() > self.capacity
            && let Some((oldest, turn)) = self.queue.pop_front()
        {
            if self.since[oldest as usize] == Some(turn) {
                self.since[oldest as usize] = None;
            }
        }
    }

    /// Removes `key` and returns whether it was there.
    pub(super) fn take(&mut self, key: u32) -> bool {
        self.since[key as usize].take().is_some()
    }
}
