//! How many shards there are.

use super::{policy::Policy, shard::FILLED};
use crate::sync::cores;

/// Shards for each core, so that two writers seldom meet.
const PER_CORE: usize = 4;

/// With fewer entries a shard is not worth its locks, and its order says little.
const FEWEST: usize = 256;

/// Returns how many shards a storage has that is not told.
///
/// Tables are powers of two, so a few shards more may take much less memory: a million entries fit
/// well into 12 tables, and fill 8 by half.
pub(super) fn shards_for(capacity: usize, policy: Policy) -> usize {
    let least = (PER_CORE * cores()).min(capacity / FEWEST).max(1);
    if policy.is_exact() || least == 1 {
        return 1;
    }
    if capacity == usize::MAX {
        return least;
    }
    let most = (2 * least - 1).min(capacity / FEWEST);
    (least..=most).min_by_key(|&shards| places(capacity, shards)).unwrap_or(least)
}

/// How many places the tables of so many shards have.
fn places(capacity: usize, shards: usize) -> usize {
    let share = capacity.div_ceil(shards);
    // Keys fall into shards at random: four standard deviations more than the share seldom do.
    let entries = share.saturating_add(4 * share.isqrt());
    let table = (entries / FILLED).saturating_mul(10).checked_next_power_of_two();
    table.unwrap_or(usize::MAX).saturating_mul(shards)
}
