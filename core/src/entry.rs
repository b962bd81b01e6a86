//! A value and its times.

use core::time::Duration;

use crate::time::{Instant, Timestamp};

/// A stored value with the points in time that decide how it is answered.
///
/// Fresh before [`update_after`](Self::update_after), stale from then on, expired from
/// [`expires_after`](Self::expires_after). Both bounds are inclusive: an entry is stale at
/// `update_after` itself.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, Instant};
/// use std::time::Duration;
///
/// let now = Instant::from_nanos(0);
/// let entry = CacheEntry::new("page", now)
///     .update_after(now + Duration::from_secs(60))
///     .expires_after(now + Duration::from_secs(600));
/// assert_eq!(entry.age(now + Duration::from_secs(7)), Duration::from_secs(7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CacheEntry<V> {
    /// When the load had completed.
    pub created: Instant,
    /// From when on a read starts a background refresh.
    pub update_after: Instant,
    /// From when on the value is no longer an answer.
    pub expires_after: Instant,
    /// Until when the value may still stand in for a failed load; the engine sets it.
    pub retain_until: Instant,
    /// The value.
    pub value: V,
}

impl<V> CacheEntry<V> {
    /// Makes an entry created at `now` that never grows old.
    #[must_use]
    pub const fn new(value: V, now: Instant) -> Self {
        Self {
            created: now,
            update_after: Instant::NEVER,
            expires_after: Instant::NEVER,
            retain_until: Instant::NEVER,
            value,
        }
    }

    /// Sets from when on the entry is stale.
    #[must_use]
    pub fn update_after(self, update_after: Instant) -> Self {
        Self { update_after, ..self }
    }

    /// Sets from when on the entry is expired.
    #[must_use]
    pub fn expires_after(self, expires_after: Instant) -> Self {
        Self { expires_after, ..self }
    }

    /// Returns how long before `now` the entry was created; zero if that lies ahead.
    #[must_use]
    pub const fn age(&self, now: Instant) -> Duration {
        now.saturating_since(self.created)
    }

    /// Returns the entry of another value with the same times.
    #[must_use]
    pub fn map<W>(self, f: impl FnOnce(V) -> W) -> CacheEntry<W> {
        CacheEntry {
            created: self.created,
            update_after: self.update_after,
            expires_after: self.expires_after,
            retain_until: self.retain_until,
            value: f(self.value),
        }
    }
}

/// A [`CacheEntry`] whose times are wall-clock time, as it is written outside the process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WallEntry<V> {
    /// When the load had completed.
    pub created: Timestamp,
    /// From when on a read starts a background refresh.
    pub update_after: Timestamp,
    /// From when on the value is no longer an answer.
    pub expires_after: Timestamp,
    /// Until when the value may still stand in for a failed load.
    pub retain_until: Timestamp,
    /// The value.
    pub value: V,
}

impl<V> WallEntry<V> {
    /// Makes an entry created at `now` that never grows old.
    #[must_use]
    pub const fn new(value: V, now: Timestamp) -> Self {
        Self {
            created: now,
            update_after: Timestamp::NEVER,
            expires_after: Timestamp::NEVER,
            retain_until: Timestamp::NEVER,
            value,
        }
    }

    /// Sets from when on the entry is stale.
    #[must_use]
    pub fn update_after(self, update_after: Timestamp) -> Self {
        Self { update_after, ..self }
    }

    /// Sets from when on the entry is expired.
    #[must_use]
    pub fn expires_after(self, expires_after: Timestamp) -> Self {
        Self { expires_after, ..self }
    }

    /// Writes the entry down as it stands at `now` on this process' clock and at `wall` on the
    /// world's.
    ///
    /// Every time is carried over as its distance from now, so that "never" stays "never".
    #[must_use]
    pub fn from_entry(entry: CacheEntry<V>, now: Instant, wall: Timestamp) -> Self {
        let at = |instant: Instant| match instant.saturating_since(now) {
            Duration::ZERO => back(wall, now.saturating_since(instant)),
            ahead => wall + ahead,
        };
        Self {
            created: at(entry.created),
            update_after: at(entry.update_after),
            expires_after: at(entry.expires_after),
            retain_until: at(entry.retain_until),
            value: entry.value,
        }
    }

    /// Reads the entry at `now` on this process' clock, when the world's stands at `wall`.
    ///
    /// An entry from the future counts as created now, with the life it was written with: a clock
    /// that goes wrong somewhere never makes a life longer.
    #[must_use]
    pub fn into_entry(self, now: Instant, wall: Timestamp) -> CacheEntry<V> {
        let origin = wall.max(self.created);
        let at = |timestamp: Timestamp| match timestamp.saturating_since(origin) {
            Duration::ZERO => now.saturating_before(origin.saturating_since(timestamp)),
            ahead => now + ahead,
        };
        CacheEntry {
            created: at(self.created),
            update_after: at(self.update_after),
            expires_after: at(self.expires_after),
            retain_until: at(self.retain_until),
            value: self.value,
        }
    }
}

fn back(wall: Timestamp, duration: Duration) -> Timestamp {
    let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    Timestamp::from_micros(wall.as_micros().saturating_sub(micros))
}
