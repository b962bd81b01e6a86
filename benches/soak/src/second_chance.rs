//! A user's eviction strategy.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use evermemo::{CacheEntry, EvictionStrategy};

use crate::ask::{Ask, Value};

/// First in, first out, but for what was read since its last turn.
pub(crate) struct SecondChance {
    capacity: usize,
    order: Mutex<Order>,
}

#[derive(Default)]
struct Order {
    /// With the number of the write that put it there; others are out of date.
    queue: VecDeque<(u64, Ask)>,
    known: HashMap<u32, Known>,
    writes: u64,
}

struct Known {
    write: u64,
    read: bool,
}

impl SecondChance {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, order: Mutex::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.order().known.len()
    }

    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Order {
    /// Finds the next victim, which stays in front.
    fn victim(&mut self) -> Option<Ask> {
        while let Some((write, ask)) = self.queue.front() {
            let known = self.known.get_mut(&ask.key).filter(|known| known.write == *write);
            match known {
                Some(known) if known.read => known.read = false,
                Some(_) => return Some(ask.clone()),
                None => {
                    self.queue.pop_front();
                    continue;
                }
            }
            self.queue.rotate_left(1);
        }
        None
    }
}

impl EvictionStrategy<Ask, Value> for SecondChance {
    fn mark_read(&self, ask: &Ask) {
        if let Some(known) = self.order().known.get_mut(&ask.key) {
            known.read = true;
        }
    }

    fn mark_written(&self, ask: &Ask, _entry: &CacheEntry<Value>) {
        let order = &mut *self.order();
        if order.known.contains_key(&ask.key) {
            return;
        }
        order.writes += 1;
        let write = order.writes;
        order.known.insert(ask.key, Known { write, read: false });
        order.queue.push_back((write, ask.clone()));
        if order.queue.len() > 2 * order.known.len() + 64 {
            let known = &order.known;
            order
                .queue
                .retain(|(write, ask)| known.get(&ask.key).is_some_and(|at| at.write == *write));
        }
    }

    fn mark_released(&self, ask: &Ask) {
        self.order().known.remove(&ask.key);
    }

    fn next_to_release(&self) -> Option<Ask> {
        let order = &mut *self.order();
        if order.known.len() > self.capacity { order.victim() } else { None }
    }
}
