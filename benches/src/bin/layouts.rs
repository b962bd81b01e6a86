//! What a cache of 100,000 entries weighs while it is empty, and what a miss costs when it is full,
//! laid out for 2, 8 and 16 cores, whatever the machine has.

use core::{convert::Infallible, hint::black_box, num::NonZeroUsize};
use std::time::Instant;

use allocation_counter::measure;
use evermemo_benches::{Clocked, now};
use evermemo_core::{Builder, Cache, assume_cores};

type Numbers = Cache<u64, u64, Infallible, Clocked>;

const CAPACITY: usize = 100_000;

/// The first is what the others are compared with.
const CORES: [usize; 3] = [2, 8, 16];

const ROUNDS: usize = 15;

/// Misses in a row.
const PIECE: u64 = 20_000;

/// A cache laid out for so many cores, and how long its misses took.
struct Layout {
    cores: usize,
    bytes: i64,
    full: i64,
    cache: Numbers,
    next: u64,
    times: Vec<f64>,
}

impl Layout {
    fn new(cores: usize) -> Self {
        assume_cores(NonZeroUsize::new(cores).unwrap_or(NonZeroUsize::MIN));
        let mut made = None;
        let bytes = measure(|| made = Some(Builder::on(Clocked).capacity(CAPACITY).build()));
        let cache: Numbers = made.unwrap_or_else(|| unreachable!("it has been made"));
        let filled = measure(|| (0..2 * CAPACITY as u64).for_each(|key| miss(&cache, key)));
        let (bytes, filled) = (bytes.bytes_current, filled.bytes_current);
        let full = (bytes + filled) / CAPACITY as i64;
        Self { cores, bytes, full, cache, next: 2 * CAPACITY as u64, times: Vec::new() }
    }

    fn round(&mut self) {
        let before = Instant::now();
        (self.next..self.next + PIECE).for_each(|key| miss(&self.cache, key));
        self.times.push(before.elapsed().as_nanos() as f64 / PIECE as f64);
        self.next += PIECE;
    }
}

fn miss(cache: &Numbers, key: u64) {
    black_box(now(cache.get_with(key, async |key| Ok(key))).unwrap_or_default());
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let mut layouts = CORES.map(Layout::new);
    // In turn, so that what disturbs the machine disturbs all of them.
    (0..ROUNDS).for_each(|_| layouts.iter_mut().for_each(Layout::round));
    let first = layouts[0].times.clone();
    println!("| cores | empty, B | full, B an entry | miss, ns | over that of 2 cores |");
    println!("|--:|--:|--:|--:|--:|");
    for Layout { cores, bytes, full, times, .. } in layouts {
        let ratio = median(times.iter().zip(&first).map(|(time, first)| time / first).collect());
        println!("| {cores} | {bytes} | {full} | {:.0} | {ratio:.2} |", median(times));
    }
}
