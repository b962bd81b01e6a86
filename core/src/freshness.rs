//! How an entry is answered at its age.

use crate::{entry::CacheEntry, time::Instant};

/// What an entry's age means for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// An answer.
    Fresh,
    /// An answer, and time for a refresh in the background.
    Stale,
    /// No answer, unless its successor cannot be loaded, or not soon enough.
    Expired,
    /// No answer ever.
    Dead,
}

impl Freshness {
    /// Expiry is tested before staleness, so `expires_after <= update_after` never refreshes in
    /// the background.
    #[inline]
    pub(crate) fn of<V>(entry: &CacheEntry<V>, now: Instant) -> Self {
        if reached(entry.expires_after, now) {
            if is_dead(entry, now) { Self::Dead } else { Self::Expired }
        } else if reached(entry.update_after, now) {
            Self::Stale
        } else {
            Self::Fresh
        }
    }
}

/// Returns whether nothing can ever be answered with the entry.
pub(crate) fn is_dead<V>(entry: &CacheEntry<V>, now: Instant) -> bool {
    reached(entry.retain_until, now)
}

/// "Never" is not reached, not even by a clock that stands there.
#[inline]
fn reached(bound: Instant, now: Instant) -> bool {
    bound <= now && bound != Instant::NEVER
}
