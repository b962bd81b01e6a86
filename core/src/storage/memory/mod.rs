//! Entries in this process' memory, bounded exactly.

mod as_storage;
mod budget;
mod ghost;
mod leavers;
mod lines;
mod lives;
mod policy;
#[cfg(all(test, evermemo_loom))]
mod proofs;
mod reading;
mod resident;
mod ring;
mod shard;
mod sizing;
mod sketch;
mod writing;

pub use self::policy::Policy;

use core::{fmt, num::NonZeroUsize};

use hashbrown::DefaultHashBuilder;

use self::{budget::Budget, shard::Shard, sizing::shards_for};
use crate::sync::{AtomicBool, Ordering, ReadersLock};

use alloc::boxed::Box;

/// Keeps entries in memory and bounds itself: never more than its capacity, not for a moment.
///
/// Entries are spread over shards that lock by themselves, and whose readers do not meet; the
/// capacity is one for all of them. Nothing expires by itself: an expired entry leaves when it is
/// replaced, evicted, invalidated or cleared.
///
/// A key's `Eq` and a value's `Clone` run under a lock. They may panic, which leaves the storage
/// whole, but must not call the cache that is using them. What leaves is dropped outside of it.
///
/// # Examples
///
/// ```
/// use evermemo_core::{LocalInMemoryCacheStorage, Policy};
///
/// let storage =
///     LocalInMemoryCacheStorage::<u32, String>::new(10_000).with_policy(Policy::Lru);
/// assert!(storage.is_empty());
/// ```
pub struct LocalInMemoryCacheStorage<K, V, H = DefaultHashBuilder> {
    shards: Box<[ReadersLock<Shard<K, V>>]>,
    budget: Budget,
    policy: Policy,
    hasher: H,
    weigher: Option<Weigher<K, V>>,
    /// How many shards it was told to have.
    chosen: Option<NonZeroUsize>,
    /// Whether an entry that grows old was ever offered: if not, no look-up needs a clock.
    timed: AtomicBool,
    /// Whether somebody has the hits counted here.
    claimed: AtomicBool,
}

type Weigher<K, V> = Box<dyn Fn(&K, &V) -> u32 + Send + Sync>;

impl<K, V> LocalInMemoryCacheStorage<K, V> {
    /// Keeps at most `capacity` entries, by the default [`Policy`]; with 0 it keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let budget = Budget::new(capacity, false, false);
        let hasher = DefaultHashBuilder::default();
        Self::assembled(budget, Policy::default(), hasher, None, None)
    }

    /// Keeps whatever it is offered, until an eviction strategy says otherwise.
    #[must_use]
    pub fn unbounded() -> Self {
        Self::new(usize::MAX)
    }
}

impl<K, V> Default for LocalInMemoryCacheStorage<K, V> {
    /// Keeps 4,096 entries by [`Policy::LeastRecentlyUpdated`].
    fn default() -> Self {
        Self::new(4096).with_policy(Policy::LeastRecentlyUpdated)
    }
}

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H> {
    /// Makes an empty storage of the same kind whose victims `policy` chooses.
    ///
    /// An exact order, as that of [`Policy::Lru`], is kept in one shard unless
    /// [`with_shards`](Self::with_shards) says otherwise.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        let budget = self.empty_budget();
        Self::assembled(budget, policy, self.hasher, self.weigher, self.chosen)
    }

    /// Makes an empty storage of the same kind with `shards` shards, however small. The policy's
    /// order is then one for each shard.
    #[must_use]
    pub fn with_shards(self, shards: NonZeroUsize) -> Self {
        let budget = self.empty_budget();
        Self::assembled(budget, self.policy, self.hasher, self.weigher, Some(shards))
    }

    /// Makes an empty storage of the same kind that hashes keys with `hasher`, whose hashes differ
    /// in all of their 64 bits.
    #[must_use]
    pub fn with_hasher<I>(self, hasher: I) -> LocalInMemoryCacheStorage<K, V, I> {
        let budget = self.empty_budget();
        LocalInMemoryCacheStorage::assembled(budget, self.policy, hasher, self.weigher, self.chosen)
    }

    /// Makes an empty storage of the same kind whose capacity is one of weight: that of all entries
    /// together is at most so much.
    ///
    /// An entry is weighed when it is offered, outside the locks. One that alone is heavier than the
    /// capacity is not kept, and takes with it what was there under its key. One of weight 0 takes
    /// no room, so there may be any number of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::LocalInMemoryCacheStorage;
    ///
    /// let pages = LocalInMemoryCacheStorage::<u32, String>::new(1_000_000)
    ///     .with_weigher(|_, page| page.len().try_into().unwrap_or(u32::MAX));
    /// assert_eq!(pages.weight(), 0);
    /// ```
    #[must_use]
    pub fn with_weigher(self, weigher: impl Fn(&K, &V) -> u32 + Send + Sync + 'static) -> Self {
        let budget = Budget::new(self.budget.capacity(), self.budget.is_suspended(), true);
        let weigher: Weigher<K, V> = Box::new(weigher);
        Self::assembled(budget, self.policy, self.hasher, Some(weigher), self.chosen)
    }

    /// Returns the number of entries, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.budget.entries()
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns what all entries weigh together: their number, unless there is a
    /// [weigher](Self::with_weigher).
    #[must_use]
    pub fn weight(&self) -> usize {
        self.budget.used()
    }

    /// Returns how much is kept at most, in entries, or in weight if there is a
    /// [weigher](Self::with_weigher).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.budget.capacity()
    }

    fn assembled(
        budget: Budget,
        policy: Policy,
        hasher: H,
        weigher: Option<Weigher<K, V>>,
        chosen: Option<NonZeroUsize>,
    ) -> Self {
        let capacity = budget.capacity();
        let count = chosen.map_or_else(|| shards_for(capacity, policy), NonZeroUsize::get);
        let share = capacity.div_ceil(count);
        let shard = || ReadersLock::new(Shard::new(policy, share, weigher.is_some()));
        Self {
            shards: (0..count).map(|_| shard()).collect(),
            budget,
            policy,
            hasher,
            weigher,
            chosen,
            timed: AtomicBool::new(false),
            claimed: AtomicBool::new(false),
        }
    }

    fn empty_budget(&self) -> Budget {
        let weighed = self.weigher.is_some();
        Budget::new(self.budget.capacity(), self.budget.is_suspended(), weighed)
    }

    /// By the high half of the hash, as the table uses its ends; by all of its bits, so that there
    /// may be any number of shards.
    #[inline]
    fn index(&self, hash: u64) -> usize {
        (((hash >> 32) * self.shards.len() as u64) >> 32) as usize
    }
}

impl<K, V, H> fmt::Debug for LocalInMemoryCacheStorage<K, V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalInMemoryCacheStorage")
            .field("len", &self.len())
            .field("weight", &self.weight())
            .field("capacity", &self.capacity())
            .field("policy", &self.policy)
            .field("shards", &self.shards.len())
            .field("timed", &self.timed.load(Ordering::Relaxed))
            .finish_non_exhaustive()
    }
}
