//! An entry on its way into a shard.

use core::hint;

use super::{
    buckets::Buckets,
    budget::{Budget, Room},
    ledger::{AT_ONCE, Evicted, Ledger},
    lives::Times,
    portion::Portion,
    ring::Side,
    round::Shards,
    standing::Standing,
};
use crate::time::Instant;

/// What is written, but for its key and its value.
pub(super) struct Offer<'a> {
    budget: &'a Budget,
    // Given back before anything of the user's is dropped: a drop may come here again, and would wait
    // for room that this thread has in its hands.
    room: Room<'a>,
    pub(super) hash: u64,
    pub(super) times: Times<'a>,
    pub(super) weight: u32,
    /// It is not to be stored, but what it replaces is to leave.
    lifeless: bool,
    /// Where it begins, once the policy has said so.
    side: Option<Side>,
    now: Instant,
}

/// How far an offer has come under one lock.
pub(super) enum OfferProgress {
    /// It is stored, or is not to be.
    Done,
    /// All is ready for it: it only has to be put there.
    Enters(Standing),
    /// It is to be written over what is in a bucket.
    Rewrites(usize),
    /// There is no room yet, and others have waited long enough for the lock.
    Crowded,
    /// There is no room, and nobody left in the shard who could make some.
    Stuck,
}

impl<'a> Offer<'a> {
    #[inline]
    pub(super) const fn new(
        budget: &'a Budget,
        hash: u64,
        times: Times<'a>,
        weight: u32,
        lifeless: bool,
        now: Instant,
    ) -> Self {
        Self { budget, room: budget.room(), hash, times, weight, lifeless, side: None, now }
    }

    /// Goes as far as it comes under the lock of its shard, where the entry of its key is `found`.
    /// Runs no code of the user's.
    #[inline(never)]
    pub(super) fn proceed(
        &mut self,
        found: Option<usize>,
        ledger: &mut Ledger,
        table: &mut dyn Buckets,
    ) -> OfferProgress {
        if let Some(bucket) = found
            && let Some(progress) = self.replace(bucket, ledger, table)
        {
            return progress;
        }
        if self.lifeless || !self.budget.allows(self.weight) {
            return OfferProgress::Done;
        }
        let (hash, weight) = (self.hash, self.weight);
        let side = *self.side.get_or_insert_with(|| ledger.admit(hash));
        let (mut evicted, mut portion) = (0, Portion::new());
        while !self.room.reaches(weight) || ledger.is_full() {
            if evicted == AT_ONCE {
                return OfferProgress::Crowded;
            }
            match ledger.evict_here(self.now, &mut portion, table) {
                Evicted::Freed(freed) => self.room.inherit(freed),
                Evicted::Nothing => return OfferProgress::Stuck,
                Evicted::Later => return OfferProgress::Crowded,
            }
            evicted += 1;
        }
        if evicted == 0 {
            ledger.make_way(side, table);
        }
        self.room.fill(weight);
        OfferProgress::Enters(ledger.enter(hash, self.times, weight, side))
    }

    /// Takes the offer of a key whose entry is there as far as it goes without making room; `None` if
    /// that is not all the way, and then the entry has left.
    #[inline(never)]
    fn replace(
        &mut self,
        bucket: usize,
        ledger: &mut Ledger,
        table: &mut dyn Buckets,
    ) -> Option<OfferProgress> {
        let weight = self.weight;
        if self.lifeless || !self.budget.allows(weight) {
            // What is there is outdated, even if what would replace it is not kept.
            if let Some(freed) = ledger.remove(bucket, table) {
                self.budget.release(freed as usize, 1);
            }
            return Some(OfferProgress::Done);
        }
        let spot = table.at(bucket)?.spot();
        let before = ledger.lines.ring(spot.side()).weight_at(spot);
        if self.room.reaches(weight.saturating_sub(before)) {
            self.room.spend(weight.saturating_sub(before));
            self.budget.release(before.saturating_sub(weight) as usize, 0);
            return Some(OfferProgress::Rewrites(bucket));
        }
        // It grows, and room has to be made as for a new one, lest it be its own victim.
        self.side = Some(spot.side());
        if let Some(freed) = ledger.remove(bucket, table) {
            self.room.inherit(freed);
        }
        None
    }

    /// Takes the room of another shard's victim than of `index`.
    #[cold]
    #[inline(never)]
    pub(super) fn borrow(&mut self, index: usize, shards: &mut dyn Shards) {
        let count = shards.count();
        for step in 1..count {
            let mut evicted = Evicted::Nothing;
            shards.write((index + step) % count, &mut |ledger, table| {
                evicted = ledger.evict(self.now, &mut Portion::new(), table);
            });
            match evicted {
                Evicted::Freed(freed) => return self.room.inherit(freed),
                Evicted::Later => return,
                Evicted::Nothing => {}
            }
        }
        // All that is in use is in the hands of others, who may be waiting for this.
        self.room.give_back();
        hint::spin_loop();
    }
}
