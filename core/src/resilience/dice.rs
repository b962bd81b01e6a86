//! Random numbers.

use core::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::sync::Mutex;

/// A splitmix64 generator (Steele, Lea and Flood, OOPSLA 2014): any seed serves.
pub(crate) struct Dice(Mutex<u64>);

impl Dice {
    /// With this seed, or one of its own.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or_else(|| DefaultHashBuilder::default().hash_one(0_u64));
        Self(Mutex::new(seed))
    }

    /// Returns a number from 0, inclusive, to 1, exclusive.
    pub(crate) fn share(&self) -> f64 {
        // The 53 bits that a float has room for.
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn roll(&self) -> u64 {
        let mut mixed = self.0.with(|state| {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            *state
        });
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
