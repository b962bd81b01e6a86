//! The limits that one call sets to the entries that answer it.

use core::time::Duration;

use crate::{
    entry::CacheEntry,
    freshness::Freshness,
    planted::{self, Fault},
    time::Instant,
};

use alloc::boxed::Box;

/// The limits that one call sets to the entries that answer it, and to its wait.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A program whose calls set no limits contains none of this, as only the setters refer to it.
    pub(crate) fns: &'static LimitFns,
    /// An older entry has expired for the call.
    pub(crate) max_age: Duration,
    /// A stale entry has expired for the call.
    pub(crate) fresh: bool,
    /// An entry that has expired for so long is stale for the call.
    pub(crate) max_stale: Duration,
    /// How long the call waits if an old entry may answer it; as long as the cache says if it is
    /// `None`.
    pub(crate) soft_timeout: Option<Duration>,
}

/// How limits are applied.
#[derive(Debug)]
pub(crate) struct LimitFns {
    judge: fn(&Limits, &CacheEntry<()>, Duration, Instant) -> Freshness,
    bound: fn(&Limits, Instant, &mut Instant, &mut Option<Duration>),
    boxed: fn(&Limits) -> Box<Limits>,
}

impl Limits {
    /// Nothing is set.
    pub(crate) const NONE: Self = Self {
        fns: &LimitFns { judge, bound, boxed: |limits| Box::new(*limits) },
        max_age: Duration::MAX,
        fresh: false,
        max_stale: Duration::ZERO,
        soft_timeout: None,
    };

    /// Returns whether a fresh entry may be too old.
    pub(crate) fn bound_age(&self) -> bool {
        self.max_age < Duration::MAX
    }

    /// Returns whether an entry of this creation is too old.
    pub(crate) fn outlived(&self, created: Instant, now: Instant) -> bool {
        now.saturating_since(created) > self.max_age
    }

    /// Judges an entry that can stand in for its successor for so long after its expiry.
    pub(crate) fn judge(
        &self,
        times: &CacheEntry<()>,
        window: Duration,
        now: Instant,
    ) -> Freshness {
        (self.fns.judge)(self, times, window, now)
    }

    /// Bounds `until` when an entry of this creation can stand in for its successor, and sets how
    /// long the call waits beside it if it says so.
    pub(crate) fn bound(
        &self,
        created: Instant,
        until: &mut Instant,
        soft_timeout: &mut Option<Duration>,
    ) {
        (self.fns.bound)(self, created, until, soft_timeout);
    }

    /// Copies the limits.
    pub(crate) fn boxed(&self) -> Box<Self> {
        (self.fns.boxed)(self)
    }
}

/// Returns when an entry can no longer stand in for its successor, where that is for so long after
/// its expiry.
#[inline]
pub(crate) fn window_of<V>(entry: &CacheEntry<V>, window: Duration) -> Instant {
    // An entry from elsewhere may have been given another window.
    entry.retain_until.min(entry.expires_after + window)
}

fn judge(limits: &Limits, times: &CacheEntry<()>, window: Duration, now: Instant) -> Freshness {
    let latest = || window_of(times, window).min(times.expires_after + limits.max_stale);
    match Freshness::of(times, now) {
        Freshness::Dead => Freshness::Dead,
        _ if limits.outlived(times.created, now) => Freshness::Expired,
        Freshness::Stale if limits.fresh => Freshness::Expired,
        // The stricter limit holds, whatever their order.
        Freshness::Expired if !limits.fresh && now < latest() => Freshness::Stale,
        freshness => freshness,
    }
}

fn bound(
    limits: &Limits,
    created: Instant,
    until: &mut Instant,
    soft_timeout: &mut Option<Duration>,
) {
    if !planted::is(Fault::OlderOnError) {
        *until = (*until).min(created + limits.max_age + Duration::from_nanos(1));
    }
    *soft_timeout = limits.soft_timeout.or(*soft_timeout);
}
