//! How often keys were asked for lately, about.

/// A count-min sketch of 4-bit counters that forgets.
///
/// G. Cormode, S. Muthukrishnan, "An improved data stream summary: the count-min sketch and its
/// applications", J. Algorithms 55(1), 2005; updated conservatively as in C. Estan, G. Varghese,
/// "New directions in traffic measurement and accounting", SIGCOMM 2002, section 3.3.1; halved
/// from time to time as in G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache
/// admission policy", ACM ToS 13(4), 2017, section 3.3.
///
/// Both counters of a key lie in one line of 64 bytes, one in each half.
#[derive(Debug)]
pub(super) struct Sketch {
    lines: Vec<[u64; 8]>,
    additions: usize,
    /// After how many additions all counters are halved.
    period: usize,
}

/// Below this a sketch says too little, and it takes no more than 2 KiB.
const MIN_WORDS: usize = 256;
const PERIOD: usize = 20;
const MAX: u64 = 15;

impl Sketch {
    /// Makes a sketch with 16 counters for each of `capacity` entries.
    pub(super) fn new(capacity: usize) -> Self {
        let lines = capacity.max(MIN_WORDS).div_ceil(8);
        Self { lines: vec![[0; 8]; lines], additions: 0, period: PERIOD * capacity.max(1) }
    }

    pub(super) fn estimate(&self, hash: u64) -> u64 {
        let (line, counters) = self.place(hash);
        counters
            .map(|(word, shift)| self.lines[line][word] >> shift & MAX)
            .into_iter()
            .min()
            .unwrap_or(0)
    }

    pub(super) fn add(&mut self, hash: u64, count: u8) {
        let (line, counters) = self.place(hash);
        let raised = (self.estimate(hash) + u64::from(count)).min(MAX);
        for (word, shift) in counters {
            let word = &mut self.lines[line][word];
            let counter = *word >> shift & MAX;
            *word += (raised.max(counter) - counter) << shift;
        }
        self.additions += usize::from(count);
        if self.additions >= self.period {
            self.additions = 0;
            for word in self.lines.as_flattened_mut() {
                *word = *word >> 1 & 0x7777_7777_7777_7777;
            }
        }
    }

    /// The line of a hash, and the word and the shift of each of its two counters.
    fn place(&self, hash: u64) -> (usize, [(usize, u64); 2]) {
        let line = ((hash >> 32) * self.lines.len() as u64) >> 32;
        // The line is made of the upper bits; a product's upper bits depend on the lower ones too.
        let bits = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let counter = |row: usize| {
            let bits = bits >> (8 * row);
            (4 * row + (bits & 3) as usize, (bits >> 2 & 15) * 4)
        };
        (line as usize, [counter(0), counter(1)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_never_too_low() {
        let mut sketch = Sketch::new(1_000);
        let hash = |n: u64| (n + 1).wrapping_mul(0xd6e8_feb8_6659_fd93);
        for n in 0..1_000 {
            sketch.add(hash(n), (n % 6) as u8);
        }
        for n in 0..1_000 {
            assert!(sketch.estimate(hash(n)) >= n % 6);
        }
    }

    #[test]
    fn a_counter_stops_at_fifteen() {
        let mut sketch = Sketch::new(100);
        for _ in 0..20 {
            sketch.add(7, 1);
        }
        assert_eq!(sketch.estimate(7), 15);
    }

    #[test]
    fn all_is_halved_after_twenty_additions_for_each_entry() {
        let mut sketch = Sketch::new(1);
        for _ in 0..19 {
            sketch.add(7, 1);
        }
        assert_eq!(sketch.estimate(7), 15);
        sketch.add(7, 1);
        assert_eq!(sketch.estimate(7), 7);
    }
}
