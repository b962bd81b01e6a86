//! The order of runnable tasks.

use alloc::collections::VecDeque;

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
    random: u64,
}

impl Picker {
    pub(super) const fn new(order: Order) -> Self {
        let random = match order {
            Order::Seeded(seed) => seed,
            Order::Fifo | Order::Lifo => 0,
        };
        Self { order, random }
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
        let product = u128::from(self.next_random()) * bound as u128;
        // The upper half of the product is less than `bound`, so it fits.
        (product >> 64) as usize
    }

    /// The splitmix64 generator: any seed serves, and neighbouring seeds share nothing.
    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
