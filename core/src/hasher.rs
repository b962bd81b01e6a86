//! The default hasher of keys.

#[cfg(not(feature = "std"))]
use hashbrown::DefaultHashBuilder as State;

use core::{
    fmt,
    hash::{BuildHasher, Hash},
};

#[cfg(feature = "std")]
use foldhash::{SharedSeed, fast::SeedableRandomState as State};
#[cfg(feature = "std")]
use std::{hash::RandomState, sync::OnceLock};

/// Hashes keys quickly, by foldhash, with a seed that is drawn at random once per process.
///
/// Where many keys have one hash, each look-up compares with all of them. With `std` the seed comes
/// from [`std::hash::RandomState`], and so from the system's random numbers: a sender of keys
/// cannot prepare such keys in advance. It is no protection against an attacker that can find equal
/// hashes, such as by measuring how long answers take, as foldhash keeps no secrets. SipHash gives
/// that protection, by
/// [`LocalInMemoryCacheStorage::with_hasher`](crate::LocalInMemoryCacheStorage::with_hasher), at a
/// higher price for each call. Without `std` the seed comes from addresses, which may be the same
/// in each process.
///
/// All hashers of a process have the same seed, so they agree about a key. Hashes are not for
/// storing.
///
/// # Examples
///
/// ```
/// use core::hash::BuildHasher;
/// use evermemo_core::{KeyHasher, LocalInMemoryCacheStorage};
/// use std::hash::RandomState;
///
/// # #[cfg(feature = "std")]
/// assert_eq!(KeyHasher::default().hash_one("key"), KeyHasher::default().hash_one("key"));
///
/// let with_sip_hash = LocalInMemoryCacheStorage::<String, u32>::new(10_000)
///     .with_hasher(RandomState::new());
/// ```
#[derive(Clone)]
pub struct KeyHasher(State);

impl Default for KeyHasher {
    fn default() -> Self {
        Self(state())
    }
}

#[cfg(not(feature = "std"))]
fn state() -> State {
    State::default()
}

/// The seed of a hasher, and the seeds that all hashers share.
#[cfg(feature = "std")]
static SEEDS: OnceLock<(u64, SharedSeed)> = OnceLock::new();

#[cfg(feature = "std")]
fn state() -> State {
    let (seed, shared) = SEEDS.get_or_init(|| {
        let random = RandomState::new();
        (random.hash_one(0), SharedSeed::from_u64(random.hash_one(1)))
    });
    State::with_seed(*seed, shared)
}

/// Sets the seed, unless one has been drawn. For benches, which count what repeats.
#[cfg(feature = "std")]
#[doc(hidden)]
pub fn assume_seed(seed: u64) {
    let _done = SEEDS.set((seed, SharedSeed::from_u64(seed)));
}

impl BuildHasher for KeyHasher {
    type Hasher = <State as BuildHasher>::Hasher;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn build_hasher(&self) -> Self::Hasher {
        self.0.build_hasher()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn hash_one<T: Hash>(&self, key: T) -> u64 {
        self.0.hash_one(key)
    }
}

/// It reveals nothing of the seed.
impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}
