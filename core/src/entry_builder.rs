//! Turns a loaded value into an entry with times.

use core::time::Duration;

use crate::{
    defaults::{EXPIRE_AFTER, UPDATE_AFTER},
    entry::CacheEntry,
    sync::{Arc, Mutex},
    time::Instant,
};

/// Decides how long a loaded value lives.
///
/// Implemented for closures `Fn(&K, V, Instant) -> CacheEntry<V>`, too.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, CacheEntryBuilder, Instant};
/// use std::time::Duration;
///
/// struct ByLength;
/// impl<K> CacheEntryBuilder<K, String> for ByLength {
///     fn build(&self, _key: &K, value: String, now: Instant) -> CacheEntry<String> {
///         let life = Duration::from_secs(value.len() as u64);
///         CacheEntry::new(value, now).expires_after(now + life)
///     }
/// }
/// let entry = ByLength.build(&(), "four".into(), Instant::ZERO);
/// assert_eq!(entry.expires_after, Instant::ZERO + Duration::from_secs(4));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` builds no entries of keys `{K}` and values `{V}`: write a closure `|key: \
               &{K}, value: {V}, now: Instant| -> CacheEntry<{V}>`, or implement \
               `CacheEntryBuilder<{K}, {V}>` for it"
)]
pub trait CacheEntryBuilder<K, V>: 'static {
    /// Makes the entry of a value whose load ended at `now`. It may transform the value.
    ///
    /// A panic here is a panic of the load.
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V>;

    /// Returns whether a loaded value is stored; by default all are. A value that is not stored
    /// answers the callers that wait for it, and the stored entry stays as it is
    /// ([`Cached::do_not_store`](crate::Cached::do_not_store)).
    ///
    /// It is called before [`build`](Self::build); a panic here is a panic of the load.
    fn keeps(&self, key: &K, value: &V) -> bool {
        let _ = (key, value);
        true
    }
}

// What builds no entries is told what does, and not what a closure is.
#[diagnostic::do_not_recommend]
impl<K, V, F> CacheEntryBuilder<K, V> for F
where
    F: Fn(&K, V, Instant) -> CacheEntry<V> + 'static,
{
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V> {
        self(key, value, now)
    }
}

/// Gives every entry the same two durations, which can be exchanged while running.
///
/// Clones share their durations. [`Duration::MAX`] means never. With `expire_after` at or below
/// `update_after` no entry is refreshed in the background: a caller waits for each load.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, ProvidedLifeSpanCacheEntryBuilder, Source};
/// use std::time::Duration;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let minute = Duration::from_secs(60);
/// let lives = ProvidedLifeSpanCacheEntryBuilder::new(10 * minute, 30 * minute);
/// let squares = Builder::on(runtime.clone())
///     .entry_builder(lives.clone())
///     .wrap(|n: u64| async move { n * n });
/// lives.update_timeouts(minute, 2 * minute);
/// squares.call(12).await?;
/// runtime.advance(2 * minute).await;
/// assert_eq!(squares.outcome(12).await?.source, Source::Loaded);
/// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct ProvidedLifeSpanCacheEntryBuilder {
    timeouts: Arc<Mutex<Timeouts>>,
}

#[derive(Clone, Copy, Debug)]
struct Timeouts {
    update_after: Duration,
    expire_after: Duration,
}

impl ProvidedLifeSpanCacheEntryBuilder {
    /// Makes entries stale after `update_after` and expired after `expire_after`, both counted from
    /// the end of the load.
    #[must_use]
    pub fn new(update_after: Duration, expire_after: Duration) -> Self {
        Self { timeouts: Arc::new(Mutex::new(Timeouts { update_after, expire_after })) }
    }

    /// Replaces both durations for the entries built from now on.
    pub fn update_timeouts(&self, update_after: Duration, expire_after: Duration) {
        self.timeouts.with(|timeouts| *timeouts = Timeouts { update_after, expire_after });
    }
}

impl Default for ProvidedLifeSpanCacheEntryBuilder {
    /// Stale after 10 minutes, expired after 30.
    fn default() -> Self {
        Self::new(UPDATE_AFTER, EXPIRE_AFTER)
    }
}

impl<K, V> CacheEntryBuilder<K, V> for ProvidedLifeSpanCacheEntryBuilder {
    fn build(&self, _key: &K, value: V, now: Instant) -> CacheEntry<V> {
        let Timeouts { update_after, expire_after } = self.timeouts.with(|timeouts| *timeouts);
        CacheEntry::new(value, now)
            .update_after(now + update_after)
            .expires_after(now + expire_after)
    }
}
