//! Numbers that look random and are the same in every run, and skewed ones among them.

/// SplitMix64, by Guy Steele, Doug Lea and Christine Flood.
pub struct Numbers {
    state: u64,
}

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number below `bound`. Small bounds only: the bias is `bound` in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A number from 0 up to 1, without 1.
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Zipf's distribution with exponent 1: the n-th key is drawn 1/n times as often as the first.
pub struct Zipf {
    /// The share of all draws up to each key.
    up_to: Vec<f64>,
    numbers: Numbers,
}

impl Zipf {
    pub fn new(keys: u32, seed: u64) -> Self {
        let mut sum = 0.0;
        let mut up_to: Vec<f64> = (1..=keys)
            .map(|rank| {
                sum += 1.0 / f64::from(rank);
                sum
            })
            .collect();
        up_to.iter_mut().for_each(|share| *share /= sum);
        Self { up_to, numbers: Numbers::new(seed) }
    }
}

impl Iterator for Zipf {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let drawn = self.numbers.unit();
        let key = self.up_to.partition_point(|&share| share <= drawn);
        Some(key as u32)
    }
}
