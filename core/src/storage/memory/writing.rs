//! Writing and removing entries, and making room for them.

use core::{
    hash::{BuildHasher, Hash},
    hint, mem,
};

use super::{
    LocalInMemoryCacheStorage,
    budget::Room,
    lines::Place,
    lives::Times,
    ring::Side,
    shard::{Left, Shard},
};
use crate::{
    entry::CacheEntry,
    key::Whole,
    sync::{Ordering, ReadersLock},
};

use alloc::vec::Vec;

/// An entry on its way into a shard, with all that is carried out of the lock.
struct Offer<'a, K, V> {
    hash: u64,
    pair: Option<(K, V)>,
    times: Times,
    weight: u32,
    room: Room<'a>,
    /// Where it begins, once the policy has said so.
    side: Option<Side>,
    replaced: Option<V>,
    spare: Option<K>,
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

/// What has left, to be dropped outside the lock: mostly one, for which nothing is allocated.
struct Leavers<K, V> {
    one: Option<Left<K, V>>,
    more: Vec<Left<K, V>>,
}

/// So many leave at most while a lock is held once.
const AT_ONCE: usize = 64;

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
        current: &dyn Fn() -> bool,
    ) -> bool {
        let mut offer = Offer {
            hash,
            weight: self.weigher.as_ref().map_or(1, |weigh| weigh(key, &entry.value)),
            pair: Some((key.clone(), entry.value.clone())),
            times: Times::of(entry),
            room: self.budget.room(),
            side: None,
            replaced: None,
            spare: None,
            left: Leavers::none(),
        };
        self.note_age(&offer.times);
        let index = self.index(hash);
        loop {
            let progress = self.shards[index].write(|shard| {
                if !current() {
                    return Progress::Superseded;
                }
                match shard.locate(hash, &Whole(key)) {
                    None => self.enter(&mut offer, shard),
                    Some(place) => self.replace(&mut offer, shard, place),
                }
            });
            match progress {
                Progress::Done => return true,
                Progress::Superseded => return false,
                Progress::Crowded => offer.left.clear(),
                Progress::Stuck => {
                    offer.left.clear();
                    self.borrow(index, &mut offer.room);
                }
            }
        }
    }

    pub(super) fn remove(&self, key: &K) {
        let hash = self.hash(&Whole(key));
        let removed = self.shards[self.index(hash)].write(|shard| {
            let place = shard.locate(hash, &Whole(key))?;
            let left = shard.remove(place)?;
            self.budget.release(left.weight as usize, 1);
            Some(left)
        });
        drop(removed);
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
            let Some(victim) = shard.evict() else { return Progress::Stuck };
            offer.room.inherit(victim.weight);
            offer.left.add(victim);
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

    /// The same for a key whose entry is there.
    #[inline(never)]
    fn replace(
        &self,
        offer: &mut Offer<'_, K, V>,
        shard: &mut Shard<K, V>,
        place: Place,
    ) -> Progress {
        let weight = offer.weight;
        if !self.budget.allows(weight) {
            // What is there is outdated, even if what would replace it is not kept.
            if let Some(left) = shard.remove(place) {
                self.budget.release(left.weight as usize, 1);
                offer.left.add(left);
            }
            return Progress::Done;
        }
        let before = shard.weight_at(place.spot);
        if offer.room.reaches(weight.saturating_sub(before)) {
            offer.rewrite(shard, place);
            offer.room.spend(weight.saturating_sub(before));
            self.budget.release(before.saturating_sub(weight) as usize, 0);
            return Progress::Done;
        }
        // It grows, and room has to be made as for a new one, lest it be its own victim.
        offer.side = Some(place.spot.side());
        if let Some(left) = shard.remove(place) {
            offer.room.inherit(left.weight);
            offer.left.add(left);
        }
        self.enter(offer, shard)
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
        for lock in &self.shards {
            let removed = lock.write(|shard| {
                self.budget.release(shard.weight(), shard.len());
                shard.take()
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
            self.remove_all();
        }
        while self.budget.is_exceeded() {
            let evicted = |lock| self.evict_while(lock, |_| true);
            if !self.shards.iter().any(evicted) {
                hint::spin_loop();
            }
        }
    }

    /// Evicts from a shard as long as the bound is exceeded and the shard has too much, and returns
    /// whether anything left.
    fn evict_while(
        &self,
        lock: &ReadersLock<Shard<K, V>>,
        has_too_much: impl Fn(&Shard<K, V>) -> bool,
    ) -> bool {
        let mut any = false;
        loop {
            let mut left = Leavers::none();
            let more = lock.write(|shard| {
                for _ in 0..AT_ONCE {
                    if !self.budget.is_exceeded() || !has_too_much(shard) {
                        return false;
                    }
                    let Some(victim) = shard.evict() else { return false };
                    self.budget.release(victim.weight as usize, 1);
                    left.add(victim);
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
    fn borrow(&self, index: usize, room: &mut Room<'_>) {
        let (before, after) = self.shards.split_at(index);
        for lock in after.iter().skip(1).chain(before) {
            if let Some(victim) = lock.write(Shard::evict) {
                room.inherit(victim.weight);
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
            self.replaced = shard.rewrite(place, value, &self.times, self.weight);
            self.spare = Some(key);
        }
    }
}

impl<K, V> Leavers<K, V> {
    const fn none() -> Self {
        Self { one: None, more: Vec::new() }
    }

    #[inline]
    fn add(&mut self, left: Left<K, V>) {
        match &self.one {
            None => self.one = Some(left),
            Some(_) => self.more.push(left),
        }
    }

    const fn is_empty(&self) -> bool {
        self.one.is_none()
    }

    fn clear(&mut self) {
        drop(mem::replace(self, Self::none()));
    }
}
