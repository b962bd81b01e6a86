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

/// A write, without its key and its value.
pub(super) struct Offer<'a> {
    budget: &'a Budget,
    // Given back before any of the user's values is dropped: a drop may come here again, and would
    // wait for room that this thread holds.
    room: Room<'a>,
    pub(super) hash: u64,
    pub(super) times: Times<'a>,
    pub(super) weight: u32,
    /// It is not to be stored, but the entry that it replaces is to leave.
    lifeless: bool,
    /// The queue where it begins, once the policy has chosen it.
    side: Option<Side>,
    now: Instant,
}

/// The progress of an offer under one lock.
pub(super) enum OfferProgress {
    /// It is stored, or is not to be.
    Done,
    /// All is ready: it only has to be put into the table.
    Enters(Standing),
    /// It is to be written over the entry in a bucket.
    Rewrites(usize),
    /// There is no room yet, and others have waited long enough for the lock.
    Crowded,
    /// There is no room, and no entry left in the shard that could make some.
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

    /// Proceeds as far as it can under the lock of its shard, where the entry of its key is
    /// `found`. Runs none of the user's code.
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

    /// Replaces the entry of the key as far as that is possible without making room; `None` if that
    /// does not complete the offer, and then the entry has left.
    #[inline(never)]
    fn replace(
        &mut self,
        bucket: usize,
        ledger: &mut Ledger,
        table: &mut dyn Buckets,
    ) -> Option<OfferProgress> {
        let weight = self.weight;
        if self.lifeless || !self.budget.allows(weight) {
            // The present entry is outdated, even if its successor is not kept.
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
        // It grows, and room has to be made as for a new one, so that it is not its own victim.
        self.side = Some(spot.side());
        if let Some(freed) = ledger.remove(bucket, table) {
            self.room.inherit(freed);
        }
        None
    }

    /// Takes the room of a victim in another shard than `index`.
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
        // Other writers hold all the room that is in use, and may be waiting for this.
        self.room.give_back();
        hint::spin_loop();
    }
}
