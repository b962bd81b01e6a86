//! The entry builder behind `cache_if`.

use core::{fmt, time::Duration};

use crate::{
    defaults::{EXPIRE_AFTER, UPDATE_AFTER},
    entry::CacheEntry,
    entry_builder::CacheEntryBuilder,
    time::Instant,
};

/// Gives values a life span, and does not store a value that a predicate refuses: that answers the
/// callers that wait for it, and the stored entry stays. If it is inserted, it removes the entry
/// that it replaces.
pub struct KeepIf<V> {
    keep: fn(&V) -> bool,
    update_after: Duration,
    expire_after: Duration,
}

impl<V> KeepIf<V> {
    /// Keeps the values that `keep` accepts, with the builder's default durations.
    #[must_use]
    pub fn new(keep: fn(&V) -> bool) -> Self {
        Self { keep, update_after: UPDATE_AFTER, expire_after: EXPIRE_AFTER }
    }

    /// Sets the age from which a read starts a refresh.
    #[must_use]
    pub const fn update_after(mut self, update_after: Duration) -> Self {
        self.update_after = update_after;
        self
    }

    /// Sets the age from which a value is no longer an answer.
    #[must_use]
    pub const fn expire_after(mut self, expire_after: Duration) -> Self {
        self.expire_after = expire_after;
        self
    }
}

impl<K, V: 'static> CacheEntryBuilder<K, V> for KeepIf<V> {
    fn build(&self, _key: &K, value: V, now: Instant) -> CacheEntry<V> {
        let life = if (self.keep)(&value) { self.expire_after } else { Duration::ZERO };
        CacheEntry::new(value, now).update_after(now + self.update_after).expires_after(now + life)
    }

    fn keeps(&self, _key: &K, value: &V) -> bool {
        (self.keep)(value)
    }
}

impl<V> fmt::Debug for KeepIf<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepIf")
            .field("update_after", &self.update_after)
            .field("expire_after", &self.expire_after)
            .finish_non_exhaustive()
    }
}
