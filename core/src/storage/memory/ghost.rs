//! What has left lately, so that what comes back is known.

use alloc::{boxed::Box, vec};

/// Fingerprints of hashes, the oldest of which are forgotten.
///
/// A fingerprint belongs to a set of [`WAYS`], picked by its hash, and each set forgets its oldest.
/// That keeps as good a memory as one long queue, and needs no index beside it.
pub(super) struct Ghost {
    sets: Box<[[u32; WAYS]]>,
}

/// A set is half a cache line.
const WAYS: usize = 8;

/// Stands for no fingerprint.
const NONE: u32 = 0;

impl Ghost {
    /// Remembers about `hashes` of them.
    pub(super) fn of(hashes: usize) -> Self {
        let sets = hashes.div_ceil(WAYS).max(1);
        Self { sets: vec![[NONE; WAYS]; sets].into_boxed_slice() }
    }

    pub(super) fn remember(&mut self, hash: u64) {
        let set = self.set(hash);
        set.copy_within(1.., 0);
        set[WAYS - 1] = fingerprint(hash);
    }

    /// Forgets a hash, and returns whether it was known.
    pub(super) fn take(&mut self, hash: u64) -> bool {
        let set = self.set(hash);
        let Some(place) = set.iter().position(|&known| known == fingerprint(hash)) else {
            return false;
        };
        // Closes the gap from the side of the oldest.
        set.copy_within(..place, 1);
        set[0] = NONE;
        true
    }

    /// By the low half of the hash, as the high one has chosen the shard.
    fn set(&mut self, hash: u64) -> &mut [u32; WAYS] {
        let set = ((hash & u64::from(u32::MAX)) * self.sets.len() as u64) >> 32;
        &mut self.sets[set as usize]
    }
}

const fn fingerprint(hash: u64) -> u32 {
    match (hash >> 32) as u32 {
        NONE => 1,
        fingerprint => fingerprint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_each_once_and_forgets_the_oldest() {
        let mut ghost = Ghost::of(WAYS);
        let hash = |n: u64| n << 32;
        (0..10).for_each(|n| ghost.remember(hash(n)));
        assert!(!ghost.take(hash(1)), "the oldest is forgotten");
        assert!(ghost.take(hash(5)) && !ghost.take(hash(5)));
        ghost.remember(hash(10));
        assert!(ghost.take(hash(2)), "the gap was filled first");
    }
}
