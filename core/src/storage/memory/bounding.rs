//! Enforcement of a new bound.

use core::hint;

use super::{
    buckets::Buckets,
    budget::Budget,
    ledger::{AT_ONCE, Evicted, Ledger},
    portion::Portion,
    round::Shards,
};
use crate::time::Instant;

/// Enforces the bound of the budget.
///
/// Each shard's lock is held once on the way, and room is taken under it: room that a writer took
/// by the previous bound has been seen.
#[inline(never)]
pub(super) fn enforce(budget: &Budget, shards: &mut dyn Shards) {
    for index in 0..shards.count() {
        let share = budget.capacity().div_ceil(shards.count());
        shards.write(index, &mut |ledger, _| ledger.set_share(share));
        let mut more = true;
        while more {
            more = false;
            shards.write(index, &mut |ledger, table| more = ledger.graduate(table));
            if more {
                shards.give_way(index);
            }
        }
        if evict_while(budget, shards, index, share) {
            let (mut begun, mut more) = (false, true);
            while more {
                more = false;
                shards.write(index, &mut |ledger, table| more = ledger.shrink(&mut begun, table));
                shards.dismiss();
                if more {
                    shards.give_way(index);
                }
            }
        }
    }
    if !budget.allows(0) {
        // Entries without weight are left.
        empty(budget, shards, Ledger::evict_all);
    }
    while budget.is_exceeded() {
        let mut any = false;
        for index in 0..shards.count() {
            any = any || evict_while(budget, shards, index, 0);
        }
        if !any {
            hint::spin_loop();
        }
    }
}

/// Empties all shards by `leave`, and drops the entries.
#[inline(never)]
pub(super) fn empty(
    budget: &Budget,
    shards: &mut dyn Shards,
    leave: fn(&mut Ledger, &mut dyn Buckets) -> Ledger,
) {
    for index in 0..shards.count() {
        let mut before = None;
        shards.write(index, &mut |ledger, table| {
            budget.release(ledger.weight(), ledger.entries());
            before = Some(leave(ledger, table));
        });
        drop(before);
        shards.dismiss();
    }
}

/// Evicts from a shard as long as the bound is exceeded and the shard has more than a share, or
/// anything if that is 0, and returns whether an entry left. Setting a bound involves no clock, so
/// dead entries are evicted like others.
fn evict_while(budget: &Budget, shards: &mut dyn Shards, index: usize, share: usize) -> bool {
    let (mut any, mut more) = (false, true);
    while more {
        more = false;
        shards.write(index, &mut |ledger, table| {
            more = evict_some(budget, ledger, table, share, &mut any);
        });
        shards.dismiss();
        if more {
            shards.give_way(index);
        }
    }
    any
}

/// Does so for as long as a lock is held once, and returns whether it has to go on.
fn evict_some(
    budget: &Budget,
    ledger: &mut Ledger,
    table: &mut dyn Buckets,
    share: usize,
    any: &mut bool,
) -> bool {
    let mut portion = Portion::new();
    for _ in 0..AT_ONCE {
        if !budget.is_exceeded() || share > 0 && ledger.weight() <= share {
            return false;
        }
        match ledger.evict(Instant::ZERO, &mut portion, table) {
            Evicted::Freed(freed) => budget.release(freed as usize, 1),
            Evicted::Nothing => return false,
            Evicted::Later => return true,
        }
        *any = true;
    }
    true
}
