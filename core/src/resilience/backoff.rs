//! Pauses after failed loads.

use core::time::Duration;

use crate::entry::CacheEntry;

/// How long a failed load is not tried again, while something old can answer.
///
/// The first pause is one step, and each further failure in a row doubles it, up to a cap. Each
/// pause is shortened by at most a quarter at random, so that loads which failed together are not
/// tried again together. A success, an insertion and an invalidation of the key reset it.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Backoff, Builder};
/// use std::time::Duration;
///
/// let backoff = Backoff::exponential(Duration::from_millis(100), Duration::from_secs(5));
/// # evermemo_core::testing::run(async |runtime| {
/// let squares =
///     Builder::on(runtime).refresh_backoff(backoff).wrap(|n: u64| async move { n * n });
/// # assert_eq!(squares.call(3).await.unwrap(), 9);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// `None` is a second, or a quarter of the time in which the entry is stale if that is shorter.
    first: Option<Duration>,
    cap: Duration,
}

impl Backoff {
    /// No pause: each call that is answered with something old tries again.
    pub const NONE: Self = Self::exponential(Duration::ZERO, Duration::ZERO);

    pub(super) const DEFAULT: Self = Self { first: None, cap: Duration::from_secs(60) };

    /// Pauses for `first`, twice that, and so on, but not longer than `cap`, even at first. If
    /// either is zero, there is no pause; with [`Duration::MAX`] as both, a failed load is not
    /// tried again while something old can answer.
    #[must_use]
    pub const fn exponential(first: Duration, cap: Duration) -> Self {
        Self { first: Some(first), cap }
    }

    /// Returns the pause after this many failures in a row, 1 or more, before the next load that is
    /// to replace `old`, shortened by a share of a quarter.
    pub(super) fn pause<V>(&self, in_a_row: u32, old: &CacheEntry<V>, share: f64) -> Duration {
        let first = self.first.unwrap_or_else(|| A_SECOND.min(stale_window(old) / 4));
        let doubled = first.saturating_mul(1_u32.checked_shl(in_a_row - 1).unwrap_or(u32::MAX));
        let pause = doubled.min(self.cap);
        match pause {
            Duration::MAX => pause,
            pause => pause.mul_f64(1.0 - share / 4.0),
        }
    }
}

impl Default for Backoff {
    /// Begins with a second, or with a quarter of the time in which the entry is stale if that is
    /// shorter, and goes up to a minute.
    fn default() -> Self {
        Self::DEFAULT
    }
}

const A_SECOND: Duration = Duration::from_secs(1);

/// Returns how long an entry that is no longer fresh can still answer.
fn stale_window<V>(old: &CacheEntry<V>) -> Duration {
    match old.expires_after.saturating_since(old.update_after) {
        Duration::ZERO => old.retain_until.saturating_since(old.expires_after),
        window => window,
    }
}
