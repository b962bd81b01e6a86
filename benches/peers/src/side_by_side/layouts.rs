//! The same calls, laid out for other numbers of cores than this machine has.

use alloc::rc::Rc;
use core::{marker::PhantomData, num::NonZeroUsize};
use std::thread::available_parallelism;

use super::{
    hit, miss,
    miss::Missed,
    peers::{Evermemo, QuickCache},
    rounds::{Contestant, Effort},
    sequence::Sequence,
};

/// For how many cores a cache is laid out: how many locks, and parts of locks, it has.
#[derive(Clone, Copy, Debug)]
struct Layout {
    cores: usize,
    evermemo: &'static str,
    quick_cache: &'static str,
}

const LAYOUTS: [Layout; 3] = [
    Layout { cores: 2, evermemo: "2 cores", quick_cache: "quick_cache, 2 cores" },
    Layout { cores: 8, evermemo: "8 cores", quick_cache: "quick_cache, 8 cores" },
    Layout { cores: 16, evermemo: "16 cores", quick_cache: "quick_cache, 16 cores" },
];

impl Layout {
    /// Makes what asks for the number of cores while it is made. `None` if there is no way to have
    /// it told this one.
    fn within<T>(self, make: impl FnOnce() -> T) -> Option<T> {
        // Evermemo asks the system, which tells the truth.
        let told = available_parallelism().map_or(1, NonZeroUsize::get);
        (told == self.cores).then(make)
    }
}

/// Hits of 1,000 entries, `u64` by `u64`, on one thread.
pub fn hits(effort: &Effort) -> Vec<Contestant> {
    let sequence = &Rc::new(Sequence::uniform(1_000, 1 << 14));
    macro_rules! of {
        ($peer:ty) => {
            hit::contestant(PhantomData::<(u64, u64, $peer)>, effort, sequence, 1_000, false)
        };
    }
    each(
        || of!(Evermemo<u64, u64>),
        [
            of!(QuickCache<u64, u64, 8>),
            of!(QuickCache<u64, u64, 32>),
            of!(QuickCache<u64, u64, 64>),
        ],
    )
}

/// Misses of full caches with 100,000 entries, on one thread.
pub fn misses(effort: &Effort) -> Vec<Contestant> {
    let capacity = effort.entries(100_000);
    macro_rules! of {
        ($peer:ty) => {
            miss::contestant(PhantomData::<(u64, Missed, $peer)>, effort, capacity, false)
        };
    }
    each(
        || of!(Evermemo<u64, Missed>),
        [
            of!(QuickCache<u64, Missed, 8>),
            of!(QuickCache<u64, Missed, 32>),
            of!(QuickCache<u64, Missed, 64>),
        ],
    )
}

/// Evermemo in each layout that can be had, and quick_cache with the shards it would have in each.
fn each(
    evermemo: impl Fn() -> Option<Contestant>,
    quick_cache: [Option<Contestant>; LAYOUTS.len()],
) -> Vec<Contestant> {
    let own = LAYOUTS.iter().filter_map(|layout| {
        layout.within(&evermemo).flatten().map(|made| made.named(layout.evermemo))
    });
    let other = LAYOUTS.iter().zip(quick_cache);
    own.chain(other.filter_map(|(layout, made)| Some(made?.named(layout.quick_cache)))).collect()
}
