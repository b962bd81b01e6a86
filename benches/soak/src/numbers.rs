//! Which key a caller asks for.

/// Zipf's distribution with exponent 1: the n-th key is drawn 1/n times as often as the first.
pub(crate) struct Zipf {
    /// The share of all draws up to each key.
    up_to: Box<[f64]>,
}

impl Zipf {
    pub(crate) fn new(keys: u32) -> Self {
        let mut sum = 0.0;
        let mut up_to: Box<[f64]> = (1..=keys)
            .map(|rank| {
                sum += 1.0 / f64::from(rank);
                sum
            })
            .collect();
        up_to.iter_mut().for_each(|share| *share /= sum);
        Self { up_to }
    }

    pub(crate) fn draw(&self, rng: &mut fastrand::Rng) -> u32 {
        let drawn = rng.f64();
        let key = self.up_to.partition_point(|&share| share <= drawn);
        key.min(self.up_to.len() - 1) as u32
    }
}
