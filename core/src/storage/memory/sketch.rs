//! How often keys are asked for, about.

use alloc::{boxed::Box, vec};

/// A count-min sketch with conservative update (Cormode and Muthukrishnan, "An Improved Data Stream
/// Summary", 2005; Estan and Varghese, 2002) of 4-bit counters, two for each hash.
///
/// All counters are halved now and then (TinyLFU's aging: Einziger, Friedman and Manes, 2017). Both
/// counters of a hash are on one cache line.
pub(super) struct Sketch {
    lines: Box<[Line]>,
    /// Since the last halving.
    additions: usize,
    period: usize,
}

/// Eight words of sixteen counters; the first four words are one row, the others the second.
#[derive(Clone)]
#[repr(align(64))]
struct Line([u64; 8]);

/// The largest count.
const MOST: u64 = 15;

/// In a very small cache, keys would share counters too often for them to say anything.
const FEWEST_WORDS: usize = 256;

/// How many additions for each entry are remembered.
const PERIOD: usize = 20;

impl Sketch {
    /// Counts for a shard of `entries`, a word each.
    pub(super) fn of(entries: usize) -> Self {
        let lines = vec![Line([0; 8]); entries.max(FEWEST_WORDS).div_ceil(8)];
        let period = entries.saturating_mul(PERIOD).max(PERIOD);
        Self { lines: lines.into_boxed_slice(), additions: 0, period }
    }

    pub(super) fn estimate(&self, hash: u64) -> u64 {
        let line = &self.lines[self.line(hash)].0;
        let [one, other] = counters(hash);
        one.of(line).min(other.of(line))
    }

    pub(super) fn add(&mut self, hash: u64, more: u32) {
        let line = self.line(hash);
        let line = &mut self.lines[line].0;
        let counters = counters(hash);
        let [one, other] = &counters;
        // What one of them counts beyond the other is of other hashes: only the lower one grows.
        let count = (one.of(line).min(other.of(line)) + u64::from(more)).min(MOST);
        counters.iter().for_each(|counter| counter.raise(line, count));
        self.additions += more as usize;
        if self.additions >= self.period {
            self.halve();
        }
    }

    #[cold]
    fn halve(&mut self) {
        self.additions = 0;
        let words = self.lines.iter_mut().flat_map(|line| &mut line.0);
        words.for_each(|word| *word = *word >> 1 & 0x7777_7777_7777_7777);
    }

    /// By the low half of the hash, as the high one has chosen the shard.
    fn line(&self, hash: u64) -> usize {
        (((hash & u64::from(u32::MAX)) * self.lines.len() as u64) >> 32) as usize
    }
}

/// Where a counter is in its line.
struct Counter {
    word: usize,
    shift: u32,
}

/// The counters of a hash, by bits that say nothing about its line.
fn counters(hash: u64) -> [Counter; 2] {
    let mixed = (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize;
    let counter = |row: usize| {
        let bits = mixed >> (8 * row);
        Counter { word: 4 * row + (bits & 3), shift: (bits >> 3 & 15) as u32 * 4 }
    };
    [counter(0), counter(1)]
}

impl Counter {
    fn of(&self, line: &[u64; 8]) -> u64 {
        line[self.word] >> self.shift & MOST
    }

    fn raise(&self, line: &mut [u64; 8], count: u64) {
        if self.of(line) < count {
            line[self.word] = line[self.word] & !(MOST << self.shift) | count << self.shift;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_says_less_than_was_counted_until_it_forgets_half() {
        let mut sketch = Sketch::of(1_000);
        let hash = |n: u64| n.wrapping_mul(0xd1b5_4a32_d192_ed03);
        for n in 0..1_000 {
            sketch.add(hash(n), (n % 8) as u32);
        }
        let exact = |n: &u64| sketch.estimate(hash(*n)) == n % 8;
        assert!((0..1_000).all(|n| sketch.estimate(hash(n)) >= n % 8));
        assert!((0..1_000).filter(exact).count() > 700);
        sketch.add(hash(7), 100);
        assert_eq!(sketch.estimate(hash(7)), MOST);
        sketch.add(hash(8), 1_000 * PERIOD as u32);
        assert_eq!(sketch.estimate(hash(7)), MOST / 2);
    }
}
