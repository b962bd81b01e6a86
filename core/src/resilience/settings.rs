//! The settings for failures and lives.

use core::time::Duration;

use super::{Backoff, Dice, EarlyRefresh, Jitter, MaxLoads, SweepEvery, spread::Spread};
use crate::entry::CacheEntry;

/// How failures are handled, and how lives are varied at random.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resilience {
    pub(crate) backoff: Backoff,
    /// How long after its expiry an entry may stand in for a failed load.
    pub(crate) stale_if_error: Duration,
    pub(crate) soft_timeout: Option<Duration>,
    pub(crate) cache_errors_for: Duration,
    pub(crate) max_loads: Option<MaxLoads>,
    pub(crate) sweep_every: Option<SweepEvery>,
    pub(crate) seed: Option<u64>,
    spread: Option<Spread>,
}

impl Resilience {
    pub(crate) const DEFAULT: Self = Self {
        backoff: Backoff::DEFAULT,
        stale_if_error: Duration::ZERO,
        soft_timeout: None,
        cache_errors_for: Duration::ZERO,
        max_loads: None,
        sweep_every: None,
        seed: None,
        spread: None,
    };

    pub(crate) const fn jitter(&mut self, jitter: Jitter) {
        self.spread = Some(Spread { jitter: Some(jitter), ..self.spread() });
    }

    pub(crate) const fn early_refresh(&mut self, early: EarlyRefresh) {
        self.spread = Some(Spread { early: Some(early), ..self.spread() });
    }

    const fn spread(&self) -> Spread {
        match self.spread {
            Some(spread) => spread,
            None => Spread::NONE,
        }
    }

    /// Sets the times that an entry which took `delta` to load is stored with.
    #[inline]
    pub(crate) fn dated<V>(
        &self,
        mut entry: CacheEntry<V>,
        delta: Duration,
        dice: &Dice,
    ) -> CacheEntry<V> {
        if let Some(spread) = &self.spread {
            let mut times = entry.with(());
            spread.apply(&mut times, delta, dice);
            (entry.update_after, entry.expires_after) = (times.update_after, times.expires_after);
        }
        // A value without a life answers only the callers that wait for it.
        let retain_until = match entry.expires_after <= entry.created {
            true => entry.expires_after,
            false => entry.expires_after + self.stale_if_error,
        };
        CacheEntry { retain_until, ..entry }
    }
}
