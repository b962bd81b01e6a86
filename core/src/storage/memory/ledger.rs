//! The ledger of a shard's entries: how long they live, and which one leaves next.

use core::mem;

use super::{
    buckets::Buckets,
    deaths::{Deaths, Layout, Walk},
    lines::{Lines, NextVictim, at},
    lives::{Lives, StoredTimes, Times},
    policy::{Policy, PolicyOrder},
    portion::{PORTION, Portion},
    ring::{Ring, RingSlot, Side},
    standing::Standing,
};
use crate::{freshness::is_dead, storage::Departures, time::Instant};

/// All that is known of entries but their keys and values, which are in [`Buckets`].
///
/// It runs none of the user's code, and is compiled once for all types.
pub(super) struct Ledger {
    pub(super) lines: Lines,
    pub(super) lives: Lives,
    order: PolicyOrder,
    deaths: Deaths,
    /// The progress of insertions that look for dead entries.
    walk: Option<Walk>,
    departures: Departures,
    /// How often entries have changed buckets in a table of the same size; wraps.
    rebuilt: u32,
}

/// The result of an eviction.
pub(super) enum Evicted {
    /// An entry of this weight has left.
    Freed(u32),
    Nothing,
    /// It takes longer to find a victim than a lock may be held; try again.
    Later,
}

/// The result of a sweep while it held the lock.
pub(super) struct Swept {
    /// The weight and the number of the entries that left.
    pub(super) weight: usize,
    pub(super) entries: usize,
    /// Whether it has to go on.
    pub(super) more: bool,
}

/// How many entries leave at most while a lock is held once.
pub(super) const AT_ONCE: usize = 64;

/// How many buckets an insertion inspects for a dead entry before it asks the policy. It is a
/// fraction of what a miss costs, and a walk comes to its end before the table is likely to be
/// rebuilt.
pub(super) const GLIMPSE: usize = 32;

/// With fewer places, a table would be replaced after a few insertions.
const FEWEST_PLACES: usize = 14;

/// How many buckets are moved with each insertion. A table of a million entries has moved long
/// before the new one is full.
const MOVED_AT_ONCE: usize = 128;

/// Tenths of a table up to which sweeping it is better than doubling it.
pub(super) const FILLED: usize = 7;

impl Ledger {
    /// Of an empty shard whose part of the capacity is `share`.
    #[inline(never)]
    pub(super) fn new(policy: Policy, share: usize, weighed: bool) -> Self {
        Self {
            lines: Lines::new(weighed),
            lives: Lives::default(),
            order: PolicyOrder::new(policy, share, weighed),
            deaths: Deaths::new(),
            walk: None,
            departures: Departures::default(),
            rebuilt: 0,
        }
    }

    pub(super) const fn weight(&self) -> usize {
        self.lines.weight()
    }

    pub(super) const fn entries(&self) -> usize {
        self.lines.len()
    }

    /// Returns whether there are as many entries as a shard can number.
    #[inline]
    pub(super) const fn is_full(&self) -> bool {
        self.lines.len() >= Ring::MOST
    }

    /// Returns how many have left by themselves.
    pub(super) const fn departures(&self) -> Departures {
        self.departures
    }

    /// Returns whether an entry may be dead at `now`.
    pub(super) fn may_have_dead(&self, now: Instant) -> bool {
        self.deaths.are_due(now)
    }

    /// Returns the queue in which an entry that is about to be inserted begins, and notes the
    /// demand for it.
    #[inline]
    pub(super) fn admit(&mut self, hash: u64) -> Side {
        self.order.admit(hash)
    }

    /// Makes way for one more entry for which none has to leave.
    #[inline]
    pub(super) fn make_way(&mut self, side: Side, table: &dyn Buckets) {
        if side == Side::Small {
            self.order.graduate(&mut self.lines, table, &mut Portion::new());
        }
    }

    /// Notes that an entry is being inserted, and returns its standing.
    #[inline]
    pub(super) fn enter(
        &mut self,
        hash: u64,
        times: Times<'_>,
        weight: u32,
        side: Side,
    ) -> Standing {
        let dated = self.begin(times);
        Standing::new(dated, self.lines.ring_mut(side).push(hash, weight))
    }

    /// Notes that an entry is being rewritten; the lines are to be tidied afterwards.
    #[inline(never)]
    pub(super) fn rewrite(
        &mut self,
        hash: u64,
        standing: &mut Standing,
        times: Times<'_>,
        weight: u32,
    ) {
        let before = standing.redate(self.begin(times));
        self.lives.end(before.life);
        self.lines.reweigh(standing.spot(), weight);
        match self.order.renews_on_write() {
            true => self.lines.renew(hash, standing),
            false => _ = standing.count(),
        }
    }

    #[inline]
    fn begin(&mut self, times: Times<'_>) -> StoredTimes {
        self.deaths.note(times.death());
        self.lives.begin(times)
    }

    /// Goes on with a slot that a reader has met: see `go_on` beside the looks.
    #[inline(never)]
    pub(super) fn go_on(&mut self, slot: RingSlot, renews: bool, table: &mut dyn Buckets) {
        if renews {
            self.renew(slot, table);
        }
        if table.are_moving() {
            self.move_some(MOVED_AT_ONCE, table);
        }
    }

    /// Drops stale slots, once they are the majority.
    #[inline(never)]
    pub(super) fn tidy(&mut self, side: Side, table: &dyn Buckets) {
        self.lines.tidy(side, table);
    }

    /// Moves the entry of a slot to the end of its ring, if it is there still.
    #[inline]
    pub(super) fn renew(&mut self, slot: RingSlot, table: &dyn Buckets) {
        if let Some(place) = at(slot, table) {
            self.lines.renew(place.hash, place.standing);
        }
        self.lines.tidy(slot.spot.side(), table);
    }

    /// Evicts an entry that is dead at `now`, if one is found soon, or else the first in line.
    #[inline(never)]
    pub(super) fn evict(
        &mut self,
        now: Instant,
        portion: &mut Portion,
        table: &mut dyn Buckets,
    ) -> Evicted {
        self.evict_here(now, portion, table)
    }

    /// Does so in the middle of the caller's code.
    #[cfg_attr(all(feature = "std", not(debug_assertions)), inline(always))]
    pub(super) fn evict_here(
        &mut self,
        now: Instant,
        portion: &mut Portion,
        table: &mut dyn Buckets,
    ) -> Evicted {
        let due = self.deaths.are_due(now).then_some(now);
        let glimpsed = due.and_then(|now| self.glimpse(now, table));
        let bucket = match glimpsed {
            Some(bucket) => {
                self.departures.expired = self.departures.expired.wrapping_add(1);
                bucket
            }
            None => {
                let dead = self.lives.dead(due);
                let victim = match self.order.victim(&mut self.lines, table, dead, portion) {
                    NextVictim::Leaves(victim) => victim,
                    NextVictim::Nothing => return Evicted::Nothing,
                    NextVictim::Undecided => return Evicted::Later,
                };
                let count = match victim.is_dead(dead) {
                    true => &mut self.departures.expired,
                    false => &mut self.departures.evicted,
                };
                *count = count.wrapping_add(1);
                victim.bucket
            }
        };
        self.remove_here(bucket, table).map_or(Evicted::Nothing, Evicted::Freed)
    }

    /// Looks into a few buckets for an entry that is dead at `now`, those not inspected before
    /// first. A shard of up to 21 entries is inspected as a whole.
    #[inline(never)]
    fn glimpse(&mut self, now: Instant, table: &dyn Buckets) -> Option<usize> {
        // A walk would have to begin again and again.
        if table.are_moving() {
            return None;
        }
        let (mut walk, mut portion) = (self.walk.take(), Portion::of(GLIMPSE));
        while portion.left() > 0 {
            let Some(mut going) = self.resumed(walk.take(), now, table) else { break };
            let dead = self.advance(&mut going, &mut portion, now, table);
            walk = Some(going).filter(|walk| !walk.is_over());
            if dead.is_some() {
                self.walk = walk;
                return dead;
            }
        }
        self.walk = walk;
        None
    }

    /// Removes entries that are dead at `now`, as far as a sweep comes at once.
    pub(super) fn sweep(
        &mut self,
        walk: &mut Option<Walk>,
        now: Instant,
        table: &mut dyn Buckets,
    ) -> Swept {
        let mut swept = Swept { weight: 0, entries: 0, more: false };
        if table.are_moving() {
            // A walk would have to begin again each time.
            self.move_some(PORTION, table);
            return Swept { more: true, ..swept };
        }
        let Some(mut going) = self.resumed(walk.take(), now, table) else { return swept };
        let mut portion = Portion::new();
        while swept.entries < AT_ONCE
            && let Some(dead) = self.advance(&mut going, &mut portion, now, table)
        {
            if let Some(weight) = self.remove(dead, table) {
                swept.weight += weight as usize;
                swept.entries += 1;
            }
        }
        self.departures.expired = self.departures.expired.wrapping_add(swept.entries);
        swept.more = !going.is_over();
        *walk = Some(going);
        swept
    }

    /// Returns the walk if it can go on, or a new one if any entry may be dead at `now`.
    fn resumed(&mut self, walk: Option<Walk>, now: Instant, table: &dyn Buckets) -> Option<Walk> {
        let layout = self.layout(table);
        let going = walk.filter(|walk| walk.layout == layout);
        going.or_else(|| self.deaths.are_due(now).then(|| self.deaths.begin(layout)))
    }

    /// Returns the arrangement of entries in buckets, valid as long as no insertion makes the table
    /// grow.
    pub(super) fn layout(&self, table: &dyn Buckets) -> Layout {
        Layout { buckets: table.all_buckets(), rebuilt: self.rebuilt }
    }

    /// Goes on with a walk, one step per bucket, up to an entry that is dead at `now`, and is to be
    /// removed at once.
    fn advance(
        &mut self,
        walk: &mut Walk,
        portion: &mut Portion,
        now: Instant,
        table: &dyn Buckets,
    ) -> Option<usize> {
        let end = walk.layout.buckets.min(walk.next + portion.left());
        let mut passed = Instant::NEVER;
        let dead = (walk.next..end).find(|&bucket| {
            let Some(standing) = table.at(bucket) else { return false };
            let times = self.lives.entry(standing.dated(), ());
            let dead = is_dead(&times, now);
            if !dead {
                passed = passed.min(times.retain_until);
            }
            dead
        });
        let next = dead.map_or(end, |bucket| bucket + 1);
        portion.spend(next - walk.next);
        walk.pass(next, passed);
        if walk.is_over() {
            self.deaths.finish(walk);
        }
        dead
    }

    /// Removes the entry in a bucket, and returns its weight.
    #[inline(never)]
    pub(super) fn remove(&mut self, bucket: usize, table: &mut dyn Buckets) -> Option<u32> {
        self.remove_here(bucket, table)
    }

    #[cfg_attr(all(feature = "std", not(debug_assertions)), inline(always))]
    fn remove_here(&mut self, bucket: usize, table: &mut dyn Buckets) -> Option<u32> {
        let parting = table.leave(bucket)?;
        self.lives.end(parting.life());
        let spot = parting.spot();
        let weight = self.lines.vacate(spot);
        self.lines.tidy(spot.side(), table);
        #[cfg(any(test, feature = "testing"))]
        debug_assert!(self.lines.are_whole(table));
        Some(weight)
    }

    /// Makes all entries leave, and returns the previous state, to be dropped outside of the lock.
    pub(super) fn leave_all(&mut self, table: &mut dyn Buckets) -> Self {
        let fresh = Self {
            lines: self.lines.anew(),
            lives: Lives::default(),
            order: self.order.anew(),
            deaths: self.deaths.anew(),
            walk: None,
            departures: self.departures,
            rebuilt: self.rebuilt.wrapping_add(1),
        };
        table.leave_all();
        mem::replace(self, fresh)
    }

    /// Makes all entries leave as [`leave_all`](Self::leave_all) does, because there is no room.
    pub(super) fn evict_all(&mut self, table: &mut dyn Buckets) -> Self {
        let before = self.leave_all(table);
        self.departures.evicted = self.departures.evicted.wrapping_add(before.entries());
        before
    }

    /// Sets the shard's part of the capacity.
    pub(super) fn set_share(&mut self, share: usize) {
        self.order.set_share(share);
    }

    /// Orders the entries by the shard's part of the capacity, as far as that comes at once, and
    /// returns whether it has to go on.
    pub(super) fn graduate(&mut self, table: &dyn Buckets) -> bool {
        let mut portion = Portion::new();
        while portion.left() > 0 {
            if !self.order.graduate(&mut self.lines, table, &mut portion) {
                return portion.left() == 0;
            }
        }
        true
    }

    /// Goes on to give back memory that is not needed any more, and returns whether it has to go
    /// on; `begun` says whether a smaller table was sought already.
    pub(super) fn shrink(&mut self, begun: &mut bool, table: &mut dyn Buckets) -> bool {
        if table.are_moving() {
            self.move_some(PORTION, table);
            return true;
        }
        let fitting = fitting(table.len());
        // A table is a power of two, and filled by seven eighths at most.
        if !mem::replace(begun, true) && (fitting * 8 / 7).next_power_of_two() < table.buckets() {
            table.resettle(fitting);
            return true;
        }
        self.lines.shrink();
        false
    }

    /// Makes sure that there is a bucket for one more entry.
    ///
    /// A full table doubles, even if many of its places hold nothing but the marks of removed
    /// entries; a cache that evicts as it inserts would double each table once, for nothing. So a
    /// table that is not filled moves to another one of the same size.
    #[cold]
    #[inline(never)]
    pub(super) fn make_room_for_one(&mut self, table: &mut dyn Buckets) {
        if table.are_moving() {
            return self.move_some(MOVED_AT_ONCE, table);
        }
        let (len, buckets) = (table.len(), table.buckets());
        match len <= buckets / 10 * FILLED {
            true => table.resettle(fitting(len).max(FEWEST_PLACES)),
            // This many entries do not fit into this many buckets, so the table doubles.
            false => table.resettle(buckets.max(3)),
        }
        // A table of the usual size has then moved as a whole.
        self.move_some(PORTION, table);
    }

    fn move_some(&mut self, buckets: usize, table: &mut dyn Buckets) {
        self.rebuilt = self.rebuilt.wrapping_add(1);
        table.move_some(buckets, &|standing| self.lines.hash_of(standing));
    }
}

/// The capacity of a table that `len` entries fill by seven tenths at most.
const fn fitting(len: usize) -> usize {
    len + len / 4 + 1
}

#[cfg(all(test, not(any(shuttle, evermemo_loom))))]
mod tests {
    use super::*;
    use crate::{entry::CacheEntry, storage::memory::shard::Shard};

    use alloc::vec::Vec;

    type Entries = Shard<u64, ()>;

    const MANY: u64 = 20_000;

    fn hash(key: u64) -> u64 {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
        (hash ^ hash >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    /// Entries that were all hit as often as is counted.
    fn hit(policy: Policy, keys: u64) -> Entries {
        let mut shard = Shard::new(policy, keys as usize, false);
        let entry = CacheEntry::new((), Instant::ZERO);
        for key in 0..keys {
            shard.insert(hash(key), key, Times::of(&entry), 1, Side::Main);
            let resident = shard.resident(hash(key), &key).expect("it was inserted");
            (0..3).for_each(|_| _ = resident.standing.count());
        }
        shard
    }

    /// Makes one leave while the lock is held once.
    fn evicted_at_once(shard: &mut Entries) {
        let mut portion = Portion::new();
        let evicted =
            shard.dismiss(|ledger, table| ledger.evict(Instant::ZERO, &mut portion, table));
        assert!(matches!(evicted, Evicted::Freed(1)));
    }

    #[test]
    fn the_hand_gives_another_round_to_no_more_than_a_portion_of_entries() {
        for policy in [Policy::S3TinyLfu, Policy::S3Fifo] {
            let mut shard = hit(policy, MANY);
            let mut left = Vec::new();
            for _ in 0..3 {
                evicted_at_once(&mut shard);
                let has_left = |&key: &u64| shard.resident(hash(key), &key).is_none();
                left.push((0..MANY).filter(has_left).max().expect("one has left") as usize);
            }
            assert_eq!(shard.len() as u64, MANY - 3);
            // Each time it goes on from where it was.
            assert!(left[0] < PORTION, "{policy:?}: {left:?}");
            assert!(left.windows(2).all(|two| (1..=PORTION).contains(&(two[1] - two[0]))));
        }
    }

    /// A round of a short queue comes to all of it: as often as each was hit.
    #[test]
    fn of_a_few_that_were_hit_alike_the_first_leaves() {
        for policy in [Policy::S3TinyLfu, Policy::S3Fifo] {
            let mut shard = hit(policy, 100);
            evicted_at_once(&mut shard);
            assert!(shard.resident(hash(0), &0).is_none(), "{policy:?}");
            assert_eq!(shard.len(), 99);
        }
    }

    /// Readers may hit entries that the hand has passed whenever the lock is free.
    #[test]
    fn the_hand_comes_to_an_end_though_all_are_hit_meanwhile() {
        let mut shard = hit(Policy::S3TinyLfu, 3_000);
        for left in (2_900..3_000).rev() {
            evicted_at_once(&mut shard);
            assert_eq!(shard.len(), left);
            for key in 0..3_000 {
                if let Some(resident) = shard.resident(hash(key), &key) {
                    (0..3).for_each(|_| _ = resident.standing.count());
                }
            }
        }
    }

    #[test]
    fn a_new_share_moves_a_portion_of_entries_at_once() {
        let mut shard = Shard::new(Policy::S3TinyLfu, 10 * MANY as usize, false);
        let entry = CacheEntry::new((), Instant::ZERO);
        for key in 0..MANY {
            shard.insert(hash(key), key, Times::of(&entry), 1, Side::Small);
        }
        shard.ledger.set_share(1_000);
        let small = |shard: &Entries| shard.ledger.lines.ring(Side::Small).len();
        loop {
            let before = small(&shard);
            let more = shard.dismiss(|ledger, table| ledger.graduate(table));
            assert!(before - small(&shard) <= PORTION);
            if !more {
                break;
            }
            assert!(small(&shard) < before);
        }
        assert_eq!((small(&shard), shard.len() as u64), (99, MANY));
    }

    #[test]
    fn slots_that_entries_have_left_are_passed_in_portions() {
        let mut shard = hit(Policy::LeastRecentlyUpdated, MANY);
        // From behind the first, so that its ring is not tidied at its ends.
        for key in 1..MANY / 2 - 100 {
            let bucket = shard.locate(hash(key), &key).expect("it is there");
            assert!(shard.dismiss(|ledger, table| ledger.remove(bucket, table)).is_some());
        }
        let bucket = shard.locate(hash(0), &0).expect("it is there");
        assert!(shard.dismiss(|ledger, table| ledger.remove(bucket, table)).is_some());
        let mut sections = 0;
        let freed = loop {
            sections += 1;
            let mut portion = Portion::new();
            match shard.dismiss(|ledger, table| ledger.evict(Instant::ZERO, &mut portion, table)) {
                Evicted::Later => assert_eq!(portion.left(), 0),
                Evicted::Freed(freed) => break freed,
                Evicted::Nothing => panic!("there are many"),
            }
        };
        assert_eq!(freed, 1);
        assert!(sections > 5, "{sections}");
        let next = MANY / 2 - 100;
        assert!(shard.resident(hash(next), &next).is_none(), "the first of those who are left");
    }
}
