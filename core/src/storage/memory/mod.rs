//! Entries in this process' memory, bounded exactly.

mod budget;
mod policy;
#[cfg(all(test, evermemo_loom))]
mod proofs;
mod shard;

pub use self::policy::Policy;

use core::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    hash::{BuildHasher, Hash},
    num::NonZeroUsize,
};

use hashbrown::DefaultHashBuilder;

use self::{
    budget::{Budget, Place},
    shard::{Shard, Written},
};
use super::{CacheStorage, CountStorage, Found};
use crate::{
    entry::CacheEntry,
    key::{Lookup, Whole},
    sync::{AtomicUsize, Mutex, Ordering},
    time::Instant,
};

use alloc::{boxed::Box, vec::Vec};

/// Keeps entries in memory and bounds itself: never more than its capacity, not for a moment.
///
/// Entries are spread over shards that lock by themselves; the capacity is one for all of them, and
/// so is the policy's order. Nothing expires by itself: an expired entry leaves when it is
/// replaced, evicted, invalidated or cleared.
///
/// A key's `Eq` and `Hash` and a value's `Clone` run under a lock. They may panic, which leaves the
/// storage whole, but must not call the cache that is using them.
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
    shards: Box<[Sharded<K, V>]>,
    budget: Budget,
    policy: Policy,
    hasher: H,
    /// Counts the events that the policy orders by.
    turns: AtomicUsize,
}

struct Sharded<K, V> {
    shard: Mutex<Shard<K, V>>,
    /// The turn of the shard's first in line, so that the oldest of all is found without locks.
    first: AtomicUsize,
}

/// Stands in [`Sharded::first`] for an empty shard; never given as a turn.
const EMPTY: usize = usize::MAX;

impl<K, V> LocalInMemoryCacheStorage<K, V> {
    /// Keeps at most `capacity` entries; with 0 it keeps none.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self::assembled(
            Budget::of(capacity),
            Policy::default(),
            DefaultHashBuilder::default(),
            None,
        )
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
        Self::new(4096)
    }
}

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H> {
    /// Makes an empty storage of the same kind whose victims `policy` chooses.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        let shards = NonZeroUsize::new(self.shards.len());
        Self::assembled(self.budget.anew(), policy, self.hasher, shards)
    }

    /// Makes an empty storage of the same kind with `shards` shards, however small.
    #[must_use]
    pub fn with_shards(self, shards: NonZeroUsize) -> Self {
        Self::assembled(self.budget.anew(), self.policy, self.hasher, Some(shards))
    }

    /// Makes an empty storage of the same kind that hashes keys with `hasher`.
    #[must_use]
    pub fn with_hasher<I>(self, hasher: I) -> LocalInMemoryCacheStorage<K, V, I> {
        let shards = NonZeroUsize::new(self.shards.len());
        LocalInMemoryCacheStorage::assembled(self.budget.anew(), self.policy, hasher, shards)
    }

    /// Returns the number of entries, expired ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.budget.used()
    }

    /// Returns whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn assembled(budget: Budget, policy: Policy, hasher: H, shards: Option<NonZeroUsize>) -> Self {
        let count = shards.map_or_else(|| shards_for(budget.capacity()), NonZeroUsize::get);
        let shard = || Sharded { shard: Mutex::new(Shard::new()), first: AtomicUsize::new(EMPTY) };
        let shards = (0..count).map(|_| shard()).collect();
        Self { shards, budget, policy, hasher, turns: AtomicUsize::new(0) }
    }

    fn turn(&self) -> usize {
        loop {
            match self.turns.fetch_add(1, Ordering::Relaxed) {
                EMPTY => {}
                turn => return turn,
            }
        }
    }

    /// Removes the first in line of all shards and passes its place on to the caller.
    ///
    /// `None`: nothing is stored at this moment; what fills the budget is about to be inserted.
    fn evict_first(&self) -> Option<Place<'_>> {
        let now = self.turns.load(Ordering::Relaxed);
        let waiting = |sharded: &&Sharded<K, V>| {
            let first = sharded.first.load(Ordering::Relaxed);
            // Signed, as one that was written since `now` has waited for less than nothing.
            (first != EMPTY).then(|| now.wrapping_sub(first) as isize)
        };
        let oldest = self.shards.iter().max_by_key(waiting)?;
        let victim = oldest.shard.with(|shard| {
            let victim = shard.pop_first();
            oldest.follow(shard);
            victim
        });
        let place = victim.is_some().then(|| self.budget.inherit());
        // Here, outside the lock and with the place in hand.
        drop(victim);
        place
    }
}

impl<K, V> Sharded<K, V> {
    /// Notes the shard's first in line. Called under the shard's lock after each change.
    #[inline]
    fn follow(&self, shard: &Shard<K, V>) {
        self.first.store(shard.first_turn().unwrap_or(EMPTY), Ordering::Relaxed);
    }
}

/// Four shards for each core, as long as each has 256 entries to keep.
fn shards_for(capacity: usize) -> usize {
    #[cfg(feature = "std")]
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    #[cfg(not(feature = "std"))]
    let cores = 1;
    (4 * cores).min(capacity / 256).max(1)
}

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H>
where
    K: Hash + Eq + Clone,
    V: Clone,
    H: BuildHasher,
{
    #[inline]
    fn find<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> Option<CacheEntry<V>> {
        let hash = self.hasher.hash_one(key);
        let sharded = self.sharded(hash);
        let renews = self.policy.renews_on_read();
        sharded.shard.with(|shard| {
            let slot = shard.find(hash, key)?;
            let entry = shard.entry(slot).clone();
            if renews {
                shard.renew(slot, self.turn());
                sharded.follow(shard);
            }
            Some(entry)
        })
    }

    /// Returns whether `current` still held when the entry was stored.
    fn put(&self, key: &K, entry: &CacheEntry<V>, current: &dyn Fn() -> bool) -> bool {
        if self.budget.keeps_nothing() {
            return current();
        }
        let hash = self.hasher.hash_one(key);
        let sharded = self.sharded(hash);
        let (mut pair, mut place) = (Some((key.clone(), entry.clone())), None);
        loop {
            let written = sharded.shard.with(|shard| {
                if !current() {
                    return Written::Superseded;
                }
                let slot = shard.find(hash, &Whole(key));
                if slot.is_none() && place.is_none() {
                    place = self.budget.reserve();
                }
                let fits = slot.is_some() || place.is_some();
                let (Some((key, entry)), true) = (pair.take_if(|_| fits), fits) else {
                    return Written::Full;
                };
                let written = match slot {
                    Some(slot) => Written::Replaced(key, shard.replace(slot, entry, self.turn())),
                    None => {
                        shard.insert(hash, key, entry, self.turn());
                        place.take().into_iter().for_each(Place::fill);
                        Written::Inserted
                    }
                };
                sharded.follow(shard);
                written
            });
            let full = matches!(written, Written::Full);
            let superseded = matches!(written, Written::Superseded);
            // The replaced entry and the key it came with are dropped here, outside the lock.
            drop(written);
            if !full {
                return !superseded;
            }
            // What slipped in while the bound was being set has to leave, too.
            place = self.evict_first().filter(|_| !self.budget.exceeded());
            if place.is_none() {
                core::hint::spin_loop();
            }
        }
    }

    fn remove(&self, key: &K) {
        let hash = self.hasher.hash_one(key);
        let sharded = self.sharded(hash);
        let removed = sharded.shard.with(|shard| {
            let slot = shard.find(hash, &Whole(key))?;
            let removed = shard.remove(slot);
            sharded.follow(shard);
            Some(removed)
        });
        if removed.is_some() {
            self.budget.release(1);
        }
    }

    fn remove_all(&self) {
        for sharded in &self.shards {
            let removed = sharded.shard.with(|shard| {
                let removed = shard.take();
                sharded.follow(shard);
                removed
            });
            self.budget.release(removed.len());
        }
    }

    fn sharded(&self, hash: u64) -> &Sharded<K, V> {
        // The table uses the lowest bits for the bucket and the highest for the tag.
        &self.shards[(hash >> 32) as usize % self.shards.len()]
    }
}

impl<K, V, H> CacheStorage<K, V> for LocalInMemoryCacheStorage<K, V, H>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    H: BuildHasher + 'static,
{
    type Error = Infallible;
    type Get = Ready<Found<V, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &K, _now: Instant) -> Self::Get {
        ready(Ok(self.find(&Whole(key))))
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, _now: Instant) -> Self::Done {
        self.put(key, entry, &|| true);
        ready(Ok(()))
    }

    fn release(&self, key: &K) -> Self::Done {
        self.remove(key);
        ready(Ok(()))
    }

    fn get_by<Q: Lookup<K> + ?Sized>(&self, key: &Q, _now: Instant) -> Self::Get {
        ready(Ok(self.find(key)))
    }

    #[inline]
    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        _now: Instant,
    ) -> Option<Found<V, Infallible>> {
        Some(Ok(self.find(key)))
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        _now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        self.put(key, entry, current).then(|| ready(Ok(())))
    }

    fn clear(&self) -> Option<Self::Done> {
        self.remove_all();
        Some(ready(Ok(())))
    }

    fn bounded_outside(&self, bounded: bool) {
        self.budget.suspend(bounded);
        while self.budget.exceeded() && self.evict_first().is_some() {}
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        let mut all = Vec::new();
        for sharded in &self.shards {
            sharded.shard.with(|shard| shard.copy_into(&mut all));
        }
        let now = self.turns.load(Ordering::Relaxed);
        all.sort_by_key(|&(turn, ..)| core::cmp::Reverse(now.wrapping_sub(turn)));
        all.iter().for_each(|(_, key, entry)| each(key, entry));
        true
    }
}

impl<K, V, H> CountStorage for LocalInMemoryCacheStorage<K, V, H> {
    fn len(&self) -> usize {
        self.len()
    }
}

impl<K, V, H> fmt::Debug for LocalInMemoryCacheStorage<K, V, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalInMemoryCacheStorage")
            .field("len", &self.budget.used())
            .field("capacity", &self.budget.capacity())
            .field("policy", &self.policy)
            .field("shards", &self.shards.len())
            .finish_non_exhaustive()
    }
}
