//! One shard: entries, how long they live, and who leaves next.

use core::mem;

use super::{
    deaths::{Deaths, Walk},
    leavers::Leavers,
    lines::{Lines, Place},
    lives::{Lives, Times},
    policy::{Order, Policy},
    resident::Resident,
    ring::{Ring, Side, Slot, Spot},
    writing::AT_ONCE,
};
use crate::{
    entry::CacheEntry, freshness::is_dead, key::Lookup, storage::Departures, time::Instant,
};

use alloc::vec::Vec;

/// Entries by key, in the order in which they leave.
///
/// Of the user's code only a key's `Eq` and a value's `Clone` are ever run here, by [`find`],
/// [`locate`] and what reads, so a panic interrupts nothing that is half done; what leaves is
/// returned, to be dropped outside the lock.
///
/// [`find`]: Self::find
/// [`locate`]: Self::locate
pub(super) struct Shard<K, V> {
    lines: Lines<K, V>,
    lives: Lives,
    order: Order,
    deaths: Deaths,
    /// How far those who make room have looked for the dead.
    walk: Option<Walk>,
    departures: Departures,
}

/// What a sweep has done while it held the lock.
pub(super) struct Swept {
    /// What those weighed who left, and how many they were.
    pub(super) weight: usize,
    pub(super) entries: usize,
    /// Whether it has to go on.
    pub(super) more: bool,
}

/// So many buckets are looked into at most while a lock is held once.
const PORTION: usize = 1_024;

/// So many buckets does who makes room look into for one that is dead.
const GLIMPSE: usize = 32;

impl<K, V> Shard<K, V> {
    /// Makes an empty shard whose part of the capacity is `share`.
    pub(super) fn new(policy: Policy, share: usize, weighed: bool) -> Self {
        let order = Order::new(policy, share, weighed);
        Self {
            lines: Lines::new(weighed),
            lives: Lives::default(),
            order,
            deaths: Deaths::new(),
            walk: None,
            departures: Departures::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) const fn weight(&self) -> usize {
        self.lines.weight()
    }

    /// Whether there are as many entries as a shard can tell apart.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= Ring::MOST
    }

    #[inline]
    pub(super) fn find<Q: Lookup<K> + ?Sized>(
        &self,
        hash: u64,
        key: &Q,
    ) -> Option<&Resident<K, V>> {
        self.lines.find(hash, key)
    }

    /// Where the entry of a key is.
    #[inline]
    pub(super) fn locate<Q: Lookup<K> + ?Sized>(&self, hash: u64, key: &Q) -> Option<Place> {
        self.lines.locate(hash, key)
    }

    #[inline]
    pub(super) fn created(&self, resident: &Resident<K, V>) -> Instant {
        self.lives.created(resident.dated())
    }

    /// Whether nobody is behind an entry in its line.
    #[inline]
    pub(super) fn is_last(&self, spot: Spot) -> bool {
        self.lines.ring(spot.side()).is_last(spot)
    }

    pub(super) fn weight_at(&self, spot: Spot) -> u32 {
        self.lines.ring(spot.side()).weight_at(spot)
    }

    /// Says where an entry begins that is about to be inserted, and learns that it was asked for.
    #[inline]
    pub(super) fn admit(&mut self, hash: u64) -> Side {
        self.order.admit(hash)
    }

    /// Orders the entries for one more that needs nobody's place.
    #[inline]
    pub(super) fn make_way(&mut self, side: Side) {
        if side == Side::Small {
            self.order.graduate(&mut self.lines);
        }
    }

    /// Inserts the entry of a key that is not there.
    #[inline]
    pub(super) fn insert(
        &mut self,
        hash: u64,
        pair: (K, V),
        times: &Times,
        weight: u32,
        side: Side,
    ) {
        let dated = self.lives.begin(times);
        self.deaths.note(times.death);
        self.lines.insert(hash, pair, dated, weight, side);
    }

    /// Replaces the value and the times of an entry, and returns the value before.
    pub(super) fn rewrite(
        &mut self,
        place: Place,
        value: V,
        times: &Times,
        weight: u32,
    ) -> Option<V> {
        let resident = self.lines.resident_mut(place)?;
        let (value, before) = resident.rewrite(value, self.lives.begin(times));
        self.lives.end(before);
        self.deaths.note(times.death);
        if !self.order.renews_on_write() {
            resident.count();
        }
        self.lines.reweigh(place.spot, weight);
        if self.order.renews_on_write() {
            self.lines.renew(place);
        }
        Some(value)
    }

    /// Moves the entry of a slot to the end of its ring, if it is there still.
    pub(super) fn renew(&mut self, slot: Slot) {
        if let Some(place) = self.lines.at(slot) {
            self.lines.renew(place);
        }
    }

    /// Removes who leaves first, and returns what it weighed; `None` if there is nobody.
    #[inline(never)]
    pub(super) fn evict(&mut self, now: Instant, leavers: &mut Leavers<K, V>) -> Option<u32> {
        if self.deaths.are_due(now) {
            return self.evict_dead_first(now, leavers);
        }
        let victim = self.order.victim(&mut self.lines, |_, _| false)?;
        self.departures.evicted = self.departures.evicted.wrapping_add(1);
        self.remove(victim, leavers)
    }

    /// Removes who is dead at `now`, if one is found soon; else, who leaves first.
    #[inline(never)]
    fn evict_dead_first(&mut self, now: Instant, leavers: &mut Leavers<K, V>) -> Option<u32> {
        let dead = self.glimpse(now);
        let lives = &self.lives;
        let is_dead = |lines: &Lines<K, V>, place: Place| {
            let resident = lines.resident(place);
            resident.is_some_and(|resident| is_dead(&lives.entry(resident.dated(), ()), now))
        };
        let victim = dead.or_else(|| self.order.victim(&mut self.lines, is_dead))?;
        let count = match is_dead(&self.lines, victim) {
            true => &mut self.departures.expired,
            false => &mut self.departures.evicted,
        };
        *count = count.wrapping_add(1);
        self.remove(victim, leavers)
    }

    /// Looks into a few buckets for one who is dead at `now`, those that were not looked into before
    /// first. A shard of up to 21 entries is seen as a whole.
    fn glimpse(&mut self, now: Instant) -> Option<Place> {
        let (mut walk, mut steps) = (self.walk.take(), GLIMPSE);
        while steps > 0 {
            let Some(mut going) = self.resumed(walk.take(), now) else { break };
            let dead = self.advance(&mut going, &mut steps, now);
            walk = Some(going).filter(|walk| !walk.is_over());
            if dead.is_some() {
                self.walk = walk;
                return dead;
            }
        }
        self.walk = walk;
        None
    }

    /// Whether an entry may be dead at `now`.
    pub(super) fn may_have_dead(&self, now: Instant) -> bool {
        self.deaths.are_due(now)
    }

    /// Removes who is dead at `now`, as far as a sweep comes at once.
    pub(super) fn sweep(
        &mut self,
        walk: &mut Option<Walk>,
        now: Instant,
        leavers: &mut Leavers<K, V>,
    ) -> Swept {
        let mut swept = Swept { weight: 0, entries: 0, more: false };
        let Some(mut going) = self.resumed(walk.take(), now) else { return swept };
        let mut steps = PORTION;
        while swept.entries < AT_ONCE
            && let Some(dead) = self.advance(&mut going, &mut steps, now)
        {
            if let Some(weight) = self.remove(dead, leavers) {
                swept.weight += weight as usize;
                swept.entries += 1;
            }
        }
        self.departures.expired = self.departures.expired.wrapping_add(swept.entries);
        swept.more = !going.is_over();
        *walk = Some(going);
        swept
    }

    /// A walk that can go on, or one from the start, if anybody may be dead at `now`.
    fn resumed(&mut self, walk: Option<Walk>, now: Instant) -> Option<Walk> {
        let layout = self.lines.layout();
        let going = walk.filter(|walk| walk.layout == layout);
        going.or_else(|| self.deaths.are_due(now).then(|| self.deaths.begin(layout)))
    }

    /// Goes on with a walk for so many steps, a bucket each, up to one who is dead at `now`, and is
    /// to be removed at once.
    fn advance(&mut self, walk: &mut Walk, steps: &mut usize, now: Instant) -> Option<Place> {
        let end = walk.layout.buckets().min(walk.next + *steps);
        let mut passed = Instant::NEVER;
        let dead = (walk.next..end).find(|&bucket| {
            let Some(resident) = self.lines.resident_in(bucket) else { return false };
            let times = self.lives.entry(resident.dated(), ());
            let dead = is_dead(&times, now);
            if !dead {
                passed = passed.min(times.retain_until);
            }
            dead
        });
        let next = dead.map_or(end, |bucket| bucket + 1);
        *steps -= next - walk.next;
        walk.pass(next, passed);
        if walk.is_over() {
            self.deaths.finish(walk);
        }
        dead.and_then(|bucket| self.lines.place_of(bucket))
    }

    /// Removes an entry, and returns what it weighed.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn remove(&mut self, place: Place, leavers: &mut Leavers<K, V>) -> Option<u32> {
        let (resident, weight) = self.lines.remove(place)?;
        self.lives.end(resident.dated());
        leavers.add(resident);
        Some(weight)
    }

    /// Empties the shard into the caller's hands; all that it has learnt is forgotten.
    pub(super) fn take(&mut self) -> Self {
        let fresh = Self {
            lines: self.lines.anew(),
            lives: Lives::default(),
            order: self.order.anew(),
            deaths: self.deaths.anew(),
            walk: None,
            departures: self.departures,
        };
        mem::replace(self, fresh)
    }

    /// Empties the shard as [`take`](Self::take) does, because there is no room.
    pub(super) fn evict_all(&mut self) -> Self {
        let all = self.take();
        self.departures.evicted = self.departures.evicted.wrapping_add(all.len());
        all
    }

    /// How many have left by themselves.
    pub(super) const fn departures(&self) -> Departures {
        self.departures
    }

    /// Sets the shard's part of the capacity.
    pub(super) fn set_share(&mut self, share: usize) {
        self.order.set_share(share, &mut self.lines);
    }

    /// Gives back memory that was for more entries.
    pub(super) fn shrink(&mut self) {
        self.lines.shrink();
    }
}

impl<K, V: Clone> Shard<K, V> {
    #[inline]
    pub(super) fn entry(&self, resident: &Resident<K, V>) -> CacheEntry<V> {
        self.lives.entry(resident.dated(), resident.value.clone())
    }
}

impl<K: Clone, V: Clone> Shard<K, V> {
    /// Copies all entries, in the order in which they leave as far as there is one.
    pub(super) fn copy_into(&self, copies: &mut Vec<(K, CacheEntry<V>)>) {
        copies.reserve(self.lines.len());
        let copy = |resident: &Resident<K, V>| (resident.key.clone(), self.entry(resident));
        copies.extend(self.lines.iter().map(copy));
    }
}

#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;
    use crate::key::Whole;

    type Entries = Shard<u64, ()>;

    fn at(nanos: u64) -> Instant {
        Instant::from_nanos(nanos)
    }

    fn hash(key: u64) -> u64 {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    fn mortal(death: Instant) -> CacheEntry<()> {
        CacheEntry { retain_until: death, ..CacheEntry::new((), Instant::ZERO) }
    }

    fn insert(shard: &mut Entries, key: u64, death: Instant) {
        shard.insert(hash(key), (key, ()), &Times::of(&mortal(death)), 1, Side::Main);
    }

    fn rewrite(shard: &mut Entries, key: u64, death: Instant) {
        let place = shard.locate(hash(key), &Whole(&key)).expect("it is there");
        let before = shard.rewrite(place, (), &Times::of(&mortal(death)), 1);
        assert!(before.is_some());
    }

    /// A shard of 1,700 entries in 2,048 buckets, every other of which is dead at 10, and a sweep
    /// that is under way.
    fn half_swept() -> (Entries, Option<Walk>) {
        let mut shard = Shard::new(Policy::LeastRecentlyUpdated, usize::MAX, false);
        let death = |key| if key % 2 == 0 { at(10) } else { at(20) };
        (0..1_700).for_each(|key| insert(&mut shard, key, death(key)));
        assert_eq!(shard.lines.layout().buckets(), 2_048);
        let mut walk = None;
        for _ in 0..8 {
            let swept = shard.sweep(&mut walk, at(10), &mut Leavers::None);
            assert!(swept.more && swept.entries == AT_ONCE);
        }
        (shard, walk)
    }

    fn swept_to_its_end(mut shard: Entries, mut walk: Option<Walk>) -> Entries {
        while shard.sweep(&mut walk, at(10), &mut Leavers::None).more {}
        shard
    }

    fn dead(shard: &Entries) -> usize {
        let is_dead =
            |found: &&Resident<u64, ()>| is_dead(&shard.lives.entry(found.dated(), ()), at(10));
        shard.lines.iter().filter(is_dead).count()
    }

    #[test]
    fn p4_9_a_sweep_begins_again_when_entries_have_changed_buckets() {
        let undisturbed = |_: &mut Entries| {};
        let doubled = |shard: &mut Entries| {
            (10_000..12_000).for_each(|key| insert(shard, key, Instant::NEVER));
            assert_eq!(shard.lines.layout().buckets(), 4_096);
        };
        let shrunk = |shard: &mut Entries| {
            while shard.len() > 700 {
                let first = shard.lines.first(Side::Main).expect("there are many");
                assert!(shard.remove(first, &mut Leavers::None).is_some());
            }
            shard.shrink();
            assert_eq!(shard.lines.layout().buckets(), 1_024);
        };
        let rebuilt = |shard: &mut Entries| {
            let before = shard.lines.layout();
            let mut key = 10_000;
            while shard.lines.layout() == before {
                insert(shard, key, at(10));
                let last = shard.lines.at(shard.lines.ring(Side::Main).slots().last().unwrap());
                assert!(shard.remove(last.unwrap(), &mut Leavers::None).is_some());
                key += 1;
                assert!(key < 100_000);
            }
            assert_eq!(shard.lines.layout().buckets(), before.buckets());
        };
        let disturbances: [fn(&mut Entries); 4] = [undisturbed, doubled, shrunk, rebuilt];
        for (n, disturb) in disturbances.into_iter().enumerate() {
            let (mut shard, walk) = half_swept();
            disturb(&mut shard);
            assert!(dead(&shard) > 0, "{n}");
            let shard = swept_to_its_end(shard, walk);
            assert_eq!(dead(&shard), 0, "{n}");
            // It has learnt when the next one dies.
            assert!(!shard.may_have_dead(at(19)) && shard.may_have_dead(at(20)));
        }
    }

    #[test]
    fn p4_9_a_sweep_of_a_shard_that_has_been_emptied_is_over() {
        let (mut shard, mut walk) = half_swept();
        drop(shard.take());
        insert(&mut shard, 1, at(11));
        let swept = shard.sweep(&mut walk, at(10), &mut Leavers::None);
        assert!(!swept.more && swept.entries == 0);
        assert!(!shard.may_have_dead(at(10)) && shard.may_have_dead(at(11)));
        assert_eq!(shard.departures().expired, 8 * AT_ONCE);
    }

    /// Who makes room looks at a few each time, and in the end has looked at all.
    #[test]
    fn p4_9_who_makes_room_finds_out_that_nobody_is_dead() {
        let (mut shard, walk) = half_swept();
        shard = swept_to_its_end(shard, walk);
        (0..50).for_each(|key| insert(&mut shard, 10_000 + key, at(10)));
        (0..50).for_each(|key| rewrite(&mut shard, 10_000 + key, at(30)));
        assert!(shard.may_have_dead(at(10)));
        for _ in 0..2_048 / GLIMPSE {
            assert!(shard.evict(at(10), &mut Leavers::None).is_some());
        }
        assert!(!shard.may_have_dead(at(10)));
        assert_eq!(shard.departures().evicted, 2_048 / GLIMPSE);
    }
}
