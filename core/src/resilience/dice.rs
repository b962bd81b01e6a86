//! Random numbers.

use core::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::{random::SplitMix64, sync::Mutex};

/// The random numbers of one cache.
pub(crate) struct Dice(Mutex<SplitMix64>);

impl Dice {
    /// With this seed, or one of its own.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| DefaultHashBuilder::default().hash_one(0_u64));
        Self(Mutex::new(SplitMix64::new(seed)))
    }

    /// Returns a number from 0, inclusive, to 1, exclusive.
    pub(crate) fn share(&self) -> f64 {
        // The 53 bits that a float has room for.
        (self.0.with(SplitMix64::next) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
