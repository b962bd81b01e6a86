//! The order of runnable tasks.

use alloc::collections::VecDeque;

use crate::random::SplitMix64;

/// The order in which runnable tasks are polled.
///
/// The future given to [`run`](super::run) takes its turn like a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// In the order in which they were woken.
    #[default]
    Fifo,
    /// The task that was woken last comes first.
    ///
    /// A task that wakes itself whenever it is polled keeps all others waiting.
    Lifo,
    /// At random. Equal seeds give equal orders; any number is a seed.
    Seeded(u64),
}

/// An [`Order`] with its state.
#[derive(Debug)]
pub(super) struct Picker {
    order: Order,
    random: SplitMix64,
}

impl Picker {
    pub(super) const fn new(order: Order) -> Self {
        let seed = match order {
            Order::Seeded(seed) => seed,
            Order::Fifo | Order::Lifo => 0,
        };
        Self { order, random: SplitMix64::new(seed) }
    }

    pub(super) fn pick<T>(&mut self, ready: &mut VecDeque<T>) -> Option<T> {
        match self.order {
            Order::Fifo => ready.pop_front(),
            Order::Lifo => ready.pop_back(),
            Order::Seeded(_) if ready.is_empty() => None,
            Order::Seeded(_) => {
                let place = self.below(ready.len());
                ready.remove(place)
            }
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.random.next()) * bound as u128;
        // The upper half of the product is less than `bound`, so it fits.
        (product >> 64) as usize
    }
}
