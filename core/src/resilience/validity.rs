//! The user's say in whether a stored entry answers.

use crate::{
    entry::CacheEntry,
    future::contained,
    planted::{self, Fault},
    time::Instant,
};

use alloc::boxed::Box;

/// A predicate on stored entries.
#[allow(missing_debug_implementations, reason = "it is never seen")]
pub struct Validity<K, V> {
    is_valid: Box<dyn Fn(&K, &CacheEntry<V>) -> bool + Send + Sync>,
    /// Ends the life of an entry that is refused. A program without a predicate contains none of
    /// this.
    pub(crate) checked: fn(&Self, &K, CacheEntry<V>, Instant) -> CacheEntry<V>,
}

impl<K, V> Validity<K, V> {
    pub(super) fn new(
        is_valid: impl Fn(&K, &CacheEntry<V>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self { is_valid: Box::new(is_valid), checked: Self::checked }
    }

    /// Asks whether an entry may answer; a panic refuses it.
    pub(crate) fn is_valid(&self, key: &K, entry: &CacheEntry<V>) -> bool {
        contained(|| (self.is_valid)(key, entry)) == Ok(true)
    }

    /// Returns the entry as it is, or as one that is dead, if it is refused.
    fn checked(&self, key: &K, entry: CacheEntry<V>, now: Instant) -> CacheEntry<V> {
        if self.is_valid(key, &entry) {
            return entry;
        }
        let retain_until = match planted::is(Fault::RetainedAfterRefusal) {
            true => entry.retain_until,
            false => now,
        };
        CacheEntry { expires_after: now, retain_until, ..entry }
    }
}
