//! Look-ups of entries.

use core::hash::{BuildHasher, Hash};

use super::{Table, Usage, leavers::Leavers, resident::Resident, ring::RingSlot, shard::Shard};
use crate::{
    entry::CacheEntry,
    key::Lookup,
    storage::{FastLook, Glance},
    sync::{AtomicBool, LateLock, Ordering},
    time::{CoarseClock, Instant},
};

use alloc::{collections::BinaryHeap, vec::Vec};

impl<K, V, H> Table<K, V, H>
where
    V: Clone,
    H: BuildHasher,
{
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn hash<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> u64 {
        self.hasher.hash_one(key)
    }

    /// Looks an entry up for a call: an entry that is certainly fresh is the answer, and the exact
    /// clock decides about others. Not for an order in which a hit moves its entry.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn glance<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
        glance: &Glance<'_, R>,
    ) -> FastLook<V> {
        let near = near(&self.timed, glance.runtime);
        let lock = &self.shards[self.index(hash)];
        let Some(shard) = lock.read() else { return FastLook::Nothing(0) };
        let Some(found) = shard.glance(hash, key) else {
            return if shard.are_moving() {
                FastLook::Unclear
            } else {
                FastLook::Nothing(shard.writes())
            };
        };
        if !found.standing.hit(near) {
            return FastLook::Unclear;
        }
        let value = found.value.clone();
        let created = if glance.dated { shard.created(found) } else { Instant::ZERO };
        shard.tally().add(usize::from(glance.tallied));
        FastLook::Fresh { value, created }
    }

    /// Looks an entry up, whatever its age, with its value if that is wanted, and moves and counts
    /// nothing.
    pub(crate) fn peek<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        valued: bool,
    ) -> Option<(CacheEntry<Option<V>>, Usage)> {
        let hash = self.hash(key);
        let shard = self.shards[self.index(hash)].read()?;
        let Resident { value, standing, .. } = shard.find(hash, key)?;
        let value = valued.then(|| value.clone());
        Some((shard.ledger.lives.entry(standing.dated(), value), shard.usage(standing)))
    }

    /// Does the same for any order.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
        glance: &Glance<'_, R>,
    ) -> FastLook<V> {
        let near = near(&self.timed, glance.runtime);
        let lock = &self.shards[self.index(hash)];
        let Some(shard) = lock.read() else { return FastLook::Nothing(0) };
        let Some(found) = shard.glance(hash, key) else {
            return if shard.are_moving() {
                FastLook::Unclear
            } else {
                FastLook::Nothing(shard.writes())
            };
        };
        if !found.standing.hit(near) {
            return FastLook::Unclear;
        }
        let value = found.value.clone();
        let created = if glance.dated { shard.created(found) } else { Instant::ZERO };
        shard.tally().add(usize::from(glance.tallied));
        let spot = found.standing.spot();
        if self.policy.renews_on_read() && !shard.is_last(spot) {
            drop(shard);
            go_on(lock, RingSlot { hash, spot }, true);
        }
        FastLook::Fresh { value, created }
    }
}

/// Moves the entry of a slot that was read to the end of its line, if it renews, and moves on some
/// of the entries that are on their way to another table: without writers, reading would otherwise
/// stay slower for ever.
///
/// Another reader may have been quicker; the entry has then been moved, or is gone.
#[inline(never)]
fn go_on<K, V>(lock: &LateLock<Shard<K, V>>, slot: RingSlot, renews: bool) {
    let mut left = Leavers::None;
    let Some(mut shard) = lock.write() else { return };
    let (ledger, mut table) = shard.parts(&mut left);
    ledger.go_on(slot, renews, &mut table);
    // Memory is given back after the lock.
    drop(shard);
}

impl<K, V, H> Table<K, V, H>
where
    K: Hash + Eq + Clone,
    V: Clone,
    H: BuildHasher,
{
    /// Looks an entry up, whatever its age.
    pub(super) fn find<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<CacheEntry<V>> {
        let lock = &self.shards[self.index(hash)];
        let shard = lock.read()?;
        let found = shard.find(hash, key)?;
        found.standing.count();
        let spot = found.standing.spot();
        let entry = shard.entry(found);
        if self.policy.renews_on_read() && !shard.is_last(spot) || shard.are_moving() {
            drop(shard);
            go_on(lock, RingSlot { hash, spot }, self.policy.renews_on_read());
        }
        Some(entry)
    }

    /// Looks an entry up, whatever its age, moves and counts nothing, and notes how it is used.
    #[cold]
    pub(super) fn find_quietly<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
        usage: &mut Usage,
    ) -> Option<CacheEntry<V>> {
        let shard = self.shards[self.index(hash)].read()?;
        let found = shard.find(hash, key)?;
        *usage = shard.usage(&found.standing);
        Some(shard.entry(found))
    }

    /// Copies all entries, in the order in which they leave, or in the order of their creation if
    /// there is no such order.
    pub(super) fn copied(&self) -> Vec<(K, CacheEntry<V>)> {
        let mut all = Vec::new();
        for shard in self.shards.iter().filter_map(LateLock::read) {
            shard.copy_into(&mut all);
        }
        if !self.policy.is_exact() || self.shards.len() > 1 {
            let mut moments = Vec::with_capacity(all.len());
            for (_, entry) in &all {
                moments.push(entry.created);
            }
            for (one, other) in in_order(moments) {
                all.swap(one, other);
            }
        }
        all
    }
}

/// Returns which two places to swap, one pair after another, so that moments in time are in order,
/// the earliest first. A heap, as that is less code than a sort; compiled once for all types.
fn in_order(moments: Vec<Instant>) -> Vec<(usize, usize)> {
    let places = moments.into_iter().enumerate().map(|(place, moment)| (moment, place));
    let order = places.collect::<BinaryHeap<_>>().into_sorted_vec();
    let mut from: Vec<usize> = order.into_iter().map(|(_, place)| place).collect();
    let mut swaps = Vec::new();
    for start in 0..from.len() {
        // Each place of a cycle gets the entry that belongs there, and passes on the one that it
        // had.
        let mut place = start;
        while from[place] != start {
            let next = from[place];
            swaps.push((place, next));
            from[place] = place;
            place = next;
        }
        from[place] = place;
    }
    swaps
}

/// Returns a time at which a fresh entry is certainly fresh now. Where no entry grows old no clock
/// is read; where the first such entry has just come, the exact clock decides.
#[cfg_attr(not(debug_assertions), inline(always))]
fn near<R: CoarseClock + ?Sized>(timed: &AtomicBool, runtime: &R) -> Instant {
    match timed.load(Ordering::Relaxed) {
        true => runtime.near(),
        false => Instant::NEVER,
    }
}

#[cfg(all(test, feature = "testing", not(any(shuttle, evermemo_loom))))]
mod tests {
    use core::{
        cell::Cell,
        future::{Pending, pending},
        time::Duration,
    };

    use super::*;
    use crate::{
        runtime::{LocalBoxFuture, Runtime, SingleThreaded},
        storage::{CacheStorage, LocalInMemoryCacheStorage, Policy, memory::Weigher},
    };

    use alloc::rc::Rc;

    /// Those whose hits change no order.
    const POLICIES: [Policy; 4] =
        [Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru];

    /// A clock that is set by hand, lags by 10 ns when it is read coarsely, and counts its readings
    /// of each kind.
    #[derive(Clone, Default)]
    struct Clock(Rc<Readings>);

    #[derive(Default)]
    struct Readings {
        now: Cell<u64>,
        exact: Cell<u32>,
        coarse: Cell<u32>,
    }

    impl Runtime for Clock {
        type Threading = SingleThreaded;
        type Sleep = Pending<()>;

        fn now(&self) -> Instant {
            self.0.exact.set(self.0.exact.get() + 1);
            Instant::from_nanos(self.0.now.get())
        }

        fn sleep(&self, _duration: Duration) -> Self::Sleep {
            pending()
        }

        fn spawn(&self, _task: LocalBoxFuture<'static, ()>) {}

        fn coarse_now(&self) -> Instant {
            self.0.coarse.set(self.0.coarse.get() + 1);
            Instant::from_nanos(self.0.now.get() - 10)
        }

        fn coarse_lag(&self) -> Duration {
            Duration::from_nanos(10)
        }
    }

    impl Clock {
        fn at(&self, now: u64) -> &Self {
            self.0.now.set(now);
            self
        }

        /// How often it was read exactly and coarsely since the last call.
        fn readings(&self) -> (u32, u32) {
            (self.0.exact.take(), self.0.coarse.take())
        }
    }

    type Storage = LocalInMemoryCacheStorage<u32, u32>;

    fn look(storage: &Storage, key: u32, clock: &Clock) -> FastLook<u32> {
        let glance = Glance { runtime: clock, tallied: true, dated: true };
        let hash = CacheStorage::<u32, u32>::hash_of(storage, &&key);
        storage.look(&&key, hash, &glance)
    }

    fn offer(storage: &Storage, key: u32, entry: &CacheEntry<u32>) {
        let hash = CacheStorage::<u32, u32>::hash_of(storage, &&key);
        let (times, mut value) = (entry.with(()), Some(entry.value));
        let offered = storage.offer_owned(&key, hash, &times, &mut value, Instant::ZERO, &|| true);
        assert!(offered.is_some());
    }

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    #[test]
    fn what_never_grows_old_needs_no_clock() {
        for policy in POLICIES {
            let (storage, clock) = (Storage::new(9).with_policy(policy), Clock::default());
            offer(&storage, 1, &CacheEntry::new(7, at(5)));
            let seen = look(&storage, 1, clock.at(1_000));
            assert!(matches!(seen, FastLook::Fresh { value: 7, created } if created == at(5)));
            assert_eq!(clock.readings(), (0, 0));
            let seen = look(&storage, 2, &clock);
            assert!(matches!(seen, FastLook::Nothing(_)));
            assert_eq!(clock.readings(), (0, 0));

            // The age of other entries does not matter to it.
            offer(&storage, 2, &CacheEntry::new(8, at(5)).expires_after(at(6)));
            let seen = look(&storage, 1, &clock);
            assert!(matches!(seen, FastLook::Fresh { value: 7, created } if created == at(5)));
            assert_eq!(clock.readings().0, 0);
        }
    }

    #[test]
    fn what_is_fresh_by_the_coarse_clock_needs_no_other() {
        for policy in POLICIES {
            let (storage, clock) = (Storage::new(9).with_policy(policy), Clock::default());
            let entry = CacheEntry::new(7, at(50)).update_after(at(100)).expires_after(at(200));
            offer(&storage, 1, &entry);
            let seen = look(&storage, 1, clock.at(99));
            assert!(matches!(seen, FastLook::Fresh { value: 7, created } if created == at(50)));
            assert_eq!(clock.readings(), (0, 1));
            for now in [100, 199, 200, 1_000] {
                let seen = look(&storage, 1, clock.at(now));
                assert!(matches!(seen, FastLook::Unclear), "{seen:?}");
                assert_eq!(clock.readings(), (0, 1));
            }
            // At the earlier of the two times.
            offer(&storage, 1, &CacheEntry::new(8, at(50)).expires_after(at(60)));
            assert!(matches!(look(&storage, 1, clock.at(59)), FastLook::Fresh { value: 8, .. }));
            assert!(matches!(look(&storage, 1, clock.at(60)), FastLook::Unclear));
        }
    }

    #[test]
    fn fresh_entries_are_counted_once_and_for_one() {
        for policy in POLICIES {
            let (storage, clock) = (Storage::new(9).with_policy(policy), Clock::default());
            let tally = || CacheStorage::<u32, u32>::tally(&storage);
            let claim = || CacheStorage::<u32, u32>::start_tally(&storage);
            assert_eq!((claim(), claim(), tally()), (true, false, 0));
            offer(&storage, 1, &CacheEntry::new(7, at(5)).update_after(at(100)));
            for _ in 0..5 {
                let _fresh = look(&storage, 1, clock.at(50));
                let (_stale, _absent) =
                    (look(&storage, 1, clock.at(100)), look(&storage, 2, &clock));
            }
            assert_eq!(tally(), 5);
            let glance = Glance { runtime: clock.at(50), tallied: false, dated: false };
            let seen = storage.look(&&1, None, &glance);
            assert!(matches!(seen, FastLook::Fresh { created: Instant::ZERO, .. }));
            assert_eq!(tally(), 5);
        }
    }

    #[test]
    fn a_hit_changes_the_order_at_a_glance_and_at_a_closer_look() {
        for closely in [false, true] {
            let (storage, clock) = (Storage::new(2).with_policy(Policy::Lru), Clock::default());
            let (now, entry) = (at(50), CacheEntry::new(7, at(5)));
            offer(&storage, 1, &entry);
            offer(&storage, 2, &entry);
            if closely {
                assert!(
                    storage.get_now(&&1, now).is_some_and(|found| found == Ok(Some(entry.clone())))
                );
            } else {
                let seen = look(&storage, 1, clock.at(50));
                assert!(matches!(seen, FastLook::Fresh { value: 7, created } if created == at(5)));
            }
            offer(&storage, 3, &entry);
            assert!(storage.get_now(&&2, now).is_some_and(|found| found == Ok(None)));
            assert!(
                storage.get_now(&&1, now).is_some_and(|found| found == Ok(Some(entry.clone())))
            );
        }
    }

    /// Otherwise it would take a closer look each time, if there were no more writes.
    #[test]
    fn those_who_read_go_on_with_what_is_moving() {
        for policy in [Policy::S3TinyLfu, Policy::Lru] {
            let one = core::num::NonZeroUsize::MIN;
            let storage = Storage::unbounded().with_policy(policy).with_shards(one);
            let (clock, entry, now) = (Clock::default(), CacheEntry::new(7, at(5)), at(50));
            let is_moving =
                || storage.table.shards[0].read().expect("it has been made").are_moving();
            let mut keys = 0;
            while keys < 5_000 || !is_moving() {
                offer(&storage, keys, &entry);
                keys += 1;
            }
            let mut closer = 0;
            for key in (0..keys).cycle().take(3 * keys as usize) {
                match look(&storage, key, clock.at(50)) {
                    FastLook::Fresh { value: 7, .. } => continue,
                    FastLook::Unclear => closer += 1,
                    seen => panic!("{seen:?}"),
                }
                let found = storage.get_now(&&key, now);
                assert!(found.is_some_and(|found| found == Ok(Some(entry.clone()))));
            }
            assert!(!is_moving() && (1..200).contains(&closer), "{closer}");
            // An absent entry is certainly absent.
            assert!(matches!(look(&storage, keys, clock.at(50)), FastLook::Nothing(_)));
        }
    }

    #[test]
    fn swaps_put_moments_in_order_in_as_many_steps_as_there_are_at_most() {
        let mut dice = 1_u64;
        for len in (0..60).chain([5_000]) {
            let mut moments: Vec<_> = (0..len)
                .map(|_| {
                    dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    at(dice >> 58)
                })
                .collect();
            let mut expected = moments.clone();
            expected.sort();
            let swaps = in_order(moments.clone());
            assert!(swaps.len() <= moments.len());
            swaps.into_iter().for_each(|(one, other)| moments.swap(one, other));
            assert_eq!(moments, expected);
        }
    }

    /// Readers share the contents, so these have to be shareable.
    #[test]
    fn it_may_be_shared_if_what_is_in_it_may() {
        fn shared<T: Send + Sync>() {}
        shared::<Storage>();
        shared::<Weigher<u32, u32>>();
    }
}
