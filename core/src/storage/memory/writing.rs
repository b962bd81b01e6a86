//! Writing and removing entries, and making room for them.

use core::{
    hash::{BuildHasher, Hash},
    hint,
};

use super::{
    LocalInMemoryCacheStorage, budget::Room, leavers::Leavers, lines::Place, lives::Times,
    ring::Side, shard::Shard,
};
use crate::{
    entry::CacheEntry,
    key::Whole,
    sync::{Ordering, ReadersLock},
    time::Instant,
};

/// An entry on its way into a shard, with all that is carried out of the lock.
struct Offer<'a, K, V> {
    hash: u64,
    pair: Option<(K, V)>,
    times: Times,
    /// When it is made: those who are dead by then leave before others do.
    now: Instant,
    weight: u32,
    room: Room<'a>,
    /// Where it begins, once the policy has said so.
    side: Option<Side>,
    /// The key that was there already, and the value before.
    spare: Option<(K, V)>,
    left: Leavers<K, V>,
}

/// How far an offer has come.
enum Progress {
    /// The entry is stored, or is not to be.
    Done,
    Superseded,
    /// There is no room yet; what has left is to be dropped.
    Crowded,
    /// There is no room, and nobody left in the shard who could make some.
    Stuck,
}

/// So many leave at most while a lock is held once.
pub(super) const AT_ONCE: usize = 64;

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H>
where
    K: Hash + Eq + Clone,
    V: Clone,
    H: BuildHasher,
{
    /// Returns whether `current` still held when the entry was stored.
    pub(super) fn put(
        &self,
        key: &K,
        hash: u64,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> bool {
        let mut offer = Offer {
            hash,
            weight: self.weigher.as_ref().map_or(1, |weigh| weigh(key, &entry.value)),
            pair: Some((key.clone(), entry.value.clone())),
            times: Times::of(entry),
            now,
            room: self.budget.room(),
            side: None,
            spare: None,
            left: Leavers::None,
        };
        self.note_age(&offer.times);
        let index = self.index(hash);
        loop {
            let progress = self.shards[index].write(|shard| {
                if !current() {
                    return Progress::Superseded;
                }
                if let Some(place) = shard.locate(hash, &Whole(key))
                    && self.replace(&mut offer, shard, place)
                {
                    return Progress::Done;
                }
                self.enter(&mut offer, shard)
            });
            match progress {
                Progress::Done => return true,
                Progress::Superseded => return false,
                Progress::Crowded => offer.left.clear(),
                Progress::Stuck => {
                    offer.left.clear();
                    self.borrow(index, now, &mut offer.room);
                }
            }
        }
    }

    pub(super) fn remove(&self, key: &K) {
        let hash = self.hash(&Whole(key));
        let mut left = Leavers::None;
        self.shards[self.index(hash)].write(|shard| {
            let place = shard.locate(hash, &Whole(key));
            if let Some(weight) = place.and_then(|place| shard.remove(place, &mut left)) {
                self.budget.release(weight as usize, 1);
            }
        });
    }

    /// Takes the offer of a key that is not there as far as it goes under one lock. Runs no code of
    /// the user's.
    #[inline]
    fn enter(&self, offer: &mut Offer<'_, K, V>, shard: &mut Shard<K, V>) -> Progress {
        let (hash, weight) = (offer.hash, offer.weight);
        if !self.budget.allows(weight) {
            return Progress::Done;
        }
        let side = *offer.side.get_or_insert_with(|| shard.admit(hash));
        let mut evicted = 0;
        while !offer.room.reaches(weight) || shard.is_full() {
            if evicted == AT_ONCE {
                return Progress::Crowded;
            }
            let Some(freed) = shard.evict(offer.now, &mut offer.left) else {
                return Progress::Stuck;
            };
            offer.room.inherit(freed);
            evicted += 1;
        }
        if evicted == 0 {
            shard.make_way(side);
        }
        if let Some(pair) = offer.pair.take() {
            shard.insert(hash, pair, &offer.times, weight, side);
            offer.room.fill(weight);
        }
        Progress::Done
    }

    /// Takes the offer of a key whose entry is there as far as it goes without making room, and
    /// returns whether that was all the way; if not, the entry has left.
    #[inline(never)]
    fn replace(&self, offer: &mut Offer<'_, K, V>, shard: &mut Shard<K, V>, place: Place) -> bool {
        let weight = offer.weight;
        if !self.budget.allows(weight) {
            // What is there is outdated, even if what would replace it is not kept.
            if let Some(freed) = shard.remove(place, &mut offer.left) {
                self.budget.release(freed as usize, 1);
            }
            return true;
        }
        let before = shard.weight_at(place.spot);
        if offer.room.reaches(weight.saturating_sub(before)) {
            offer.rewrite(shard, place);
            offer.room.spend(weight.saturating_sub(before));
            self.budget.release(before.saturating_sub(weight) as usize, 0);
            return true;
        }
        // It grows, and room has to be made as for a new one, lest it be its own victim.
        offer.side = Some(place.spot.side());
        if let Some(freed) = shard.remove(place, &mut offer.left) {
            offer.room.inherit(freed);
        }
        false
    }
}

impl<K, V, H> LocalInMemoryCacheStorage<K, V, H> {
    /// Sets how much is kept at most; see [`capacity`](Self::capacity). What is too much has left
    /// when this returns.
    pub fn set_capacity(&self, capacity: usize) {
        self.budget.set_capacity(capacity);
        self.enforce();
    }

    pub(super) fn suspend(&self, suspended: bool) {
        self.budget.suspend(suspended);
        if !suspended {
            self.enforce();
        }
    }

    pub(super) fn remove_all(&self) {
        self.empty(Shard::take);
    }

    /// Empties all shards by `take`, and drops what it brings.
    fn empty(&self, take: impl Fn(&mut Shard<K, V>) -> Shard<K, V>) {
        for lock in &self.shards {
            let removed = lock.write(|shard| {
                self.budget.release(shard.weight(), shard.len());
                take(shard)
            });
            drop(removed);
        }
    }

    /// Makes the bound hold that has been set.
    ///
    /// Each shard's lock is held once on the way, and room is taken under it: whoever took some by
    /// the bound before has been seen.
    fn enforce(&self) {
        for lock in &self.shards {
            let share = self.capacity().div_ceil(self.shards.len());
            lock.write(|shard| shard.set_share(share));
            if self.evict_while(lock, |shard| shard.weight() > share) {
                lock.write(Shard::shrink);
            }
        }
        if !self.budget.allows(0) {
            // Those are left that weigh nothing.
            self.empty(Shard::evict_all);
        }
        while self.budget.is_exceeded() {
            let evicted = |lock| self.evict_while(lock, |_| true);
            if !self.shards.iter().any(evicted) {
                hint::spin_loop();
            }
        }
    }

    /// Evicts from a shard as long as the bound is exceeded and the shard has too much, and returns
    /// whether anything left. Who sets a bound tells no time, so the dead are evicted as others are.
    fn evict_while(
        &self,
        lock: &ReadersLock<Shard<K, V>>,
        has_too_much: impl Fn(&Shard<K, V>) -> bool,
    ) -> bool {
        let mut any = false;
        loop {
            let mut left = Leavers::None;
            let more = lock.write(|shard| {
                for _ in 0..AT_ONCE {
                    if !self.budget.is_exceeded() || !has_too_much(shard) {
                        return false;
                    }
                    let Some(freed) = shard.evict(Instant::ZERO, &mut left) else { return false };
                    self.budget.release(freed as usize, 1);
                }
                true
            });
            any |= !left.is_empty();
            if !more {
                return any;
            }
        }
    }

    /// Takes the room of another shard's victim.
    fn borrow(&self, index: usize, now: Instant, room: &mut Room<'_>) {
        let (before, after) = self.shards.split_at(index);
        for lock in after.iter().skip(1).chain(before) {
            let mut left = Leavers::None;
            if let Some(freed) = lock.write(|shard| shard.evict(now, &mut left)) {
                room.inherit(freed);
                return;
            }
        }
        // All that is in use is in the hands of others, who may be waiting for this.
        room.give_back();
        hint::spin_loop();
    }

    /// Notes whether look-ups need a clock from now on.
    #[inline]
    fn note_age(&self, times: &Times) {
        if !times.ageless && !self.timed.load(Ordering::Relaxed) {
            self.timed.store(true, Ordering::Relaxed);
        }
    }
}

impl<K, V> Offer<'_, K, V> {
    fn rewrite(&mut self, shard: &mut Shard<K, V>, place: Place) {
        if let Some((key, value)) = self.pair.take() {
            let before = shard.rewrite(place, value, &self.times, self.weight);
            self.spare = before.map(|before| (key, before));
        }
    }
}
