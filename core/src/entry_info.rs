//! What is known of a stored entry besides its value.

use core::time::Duration;

use crate::{entry::CacheEntry, storage::Usage, time::Instant};

/// What is known of a stored entry besides its value.
///
/// Of an entry in a storage of the user's only the times are known.
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
/// use std::time::Duration;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime.clone())
///     .update_after(Duration::from_secs(60))
///     .expire_after(Duration::from_secs(600))
///     .wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// runtime.advance(Duration::from_secs(20)).await;
/// let info = squares.entry_info(&12).unwrap();
/// assert_eq!(info.age, Duration::from_secs(20));
/// assert_eq!(info.fresh_for, Duration::from_secs(40));
/// assert_eq!(info.expires_in, Duration::from_secs(580));
/// assert!(squares.entry_info(&7).is_none());
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryInfo {
    /// How long ago the entry was made.
    pub age: Duration,
    /// After how long it is stale: zero if it is, [`Duration::MAX`] if it never will be.
    pub fresh_for: Duration,
    /// After how long it expires; [`Duration::MAX`] for never.
    pub expires_in: Duration,
    /// After how long it cannot stand in for a failed load any more; [`Duration::MAX`] for never.
    pub retained_for: Duration,
    /// The part of the capacity that it takes: 1, unless there is a
    /// [weigher](crate::Builder::weigher).
    pub weight: u32,
    /// How often it was asked for since the policy last looked at it, 3 times at most; 0 in a
    /// storage of the user's.
    pub hits: u8,
    /// Whether a load of its key is in progress.
    pub refreshing: bool,
}

impl EntryInfo {
    pub(crate) fn of<V>(
        entry: &CacheEntry<V>,
        usage: Usage,
        refreshing: bool,
        now: Instant,
    ) -> Self {
        let Usage { hits, weight } = usage;
        Self {
            age: entry.age(now),
            fresh_for: left(entry.update_after.min(entry.expires_after), now),
            expires_in: left(entry.expires_after, now),
            retained_for: left(entry.retain_until, now),
            weight,
            hits,
            refreshing,
        }
    }
}

/// How long it is until a time.
pub(crate) fn left(end: Instant, now: Instant) -> Duration {
    match end {
        Instant::NEVER => Duration::MAX,
        end => end.saturating_since(now),
    }
}
