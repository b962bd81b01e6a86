//! What a builder is told about failures, about chance, and about who hears of it.

use core::time::Duration;

use super::{Builder, ConfiguredBuilder};
#[cfg(doc)]
use crate::observer::Observer;
use crate::resilience::{Backoff, EarlyRefresh, Hook, Hooks, Jitter};

/// The settings that both builders have.
macro_rules! settings {
    () => {
        /// Sets for how long a load that has failed is not tried again, while there is something old
        /// to answer with: a refresh in the background, or a load that an expired entry stands in
        /// for. [`Backoff::default`] by default.
        ///
        /// A call that has nothing to be answered with always loads.
        pub const fn refresh_backoff(mut self, backoff: Backoff) -> Self {
            self.common.resilience.backoff = backoff;
            self
        }

        /// Lets an expired entry stand in for a failed load for so long after its expiry, and not a
        /// moment longer. Zero, the default: never.
        ///
        /// A load that fails, panics or takes longer than `method_timeout` is then answered with the
        /// old value, as [`Source::Stale`](crate::Source::Stale), and tried again after the
        /// [back-off](Self::refresh_backoff). What is forced is never answered so.
        /// [`stale_if_error_when`](Self::stale_if_error_when) tells outages from answers.
        pub const fn stale_if_error(mut self, window: Duration) -> Self {
            self.common.resilience.stale_if_error = window;
            self
        }

        /// Bounds the wait of a call whose entry has expired, but may
        /// [stand in](Self::stale_if_error): it takes the old value after so long, as
        /// [`Source::Stale`](crate::Source::Stale), and the load goes on. Off by default.
        ///
        /// Who finds a stale entry never waits, and who finds nothing always does.
        pub const fn soft_timeout(mut self, timeout: Duration) -> Self {
            self.common.resilience.soft_timeout = Some(timeout);
            self
        }

        /// Keeps an error of the method as the answer for so long, to calls that have no other. Zero,
        /// the default: errors are not kept.
        ///
        /// What may be answered with an old value ([`stale_if_error`](Self::stale_if_error)) is. A
        /// call that is forced, an insertion and an invalidation forget the error. At most 4,096 are
        /// kept, and others not until some of those are over. Timeouts and panics are not kept.
        pub const fn cache_errors_for(mut self, duration: Duration) -> Self {
            self.common.resilience.cache_errors_for = duration;
            self
        }

        /// Runs at most so many loads at a time, those in the background included; without a bound by
        /// default. With 0 none ever starts, and calls that need one time out.
        ///
        /// A load waits for its place within its `method_timeout`. One that another load of any cache
        /// waits for, as can be seen when that polls it itself, takes no place.
        pub const fn max_loads(mut self, loads: usize) -> Self {
            self.common.resilience.max_loads = Some(loads);
            self
        }

        /// Removes what is dead from a storage in memory once in such a period; otherwise it leaves
        /// when it is replaced or room is needed.
        ///
        /// A task does so on the runtime of a load, from the first load on that leaves something
        /// behind, until the storage is empty or the cache is gone.
        pub const fn sweep_every(mut self, period: Duration) -> Self {
            self.common.resilience.sweep_every = Some(period);
            self
        }

        /// Shortens the lives of entries at random, so that what was loaded together does not grow old
        /// together. Off by default.
        pub const fn jitter(mut self, jitter: Jitter) -> Self {
            self.common.resilience.jitter(jitter);
            self
        }

        /// Begins refreshes before their time at random, the earlier the longer a load takes. Off by
        /// default.
        pub const fn early_refresh(mut self, early: EarlyRefresh) -> Self {
            self.common.resilience.early_refresh(early);
            self
        }

        /// Seeds what is left to chance: back-off, jitter and early refresh. Without it each cache
        /// draws other numbers.
        pub const fn seed(mut self, seed: u64) -> Self {
            self.common.resilience.seed = Some(seed);
            self
        }
    };
}

impl<R, S, X, B, T, P, H> Builder<R, S, X, B, T, P, H> {
    settings!();
}

impl<R, C, H> ConfiguredBuilder<R, C, H> {
    settings!();
}

impl<R, S, X, B, T, P, O, W> Builder<R, S, X, B, T, P, Hooks<O, W>> {
    /// Lets an expired entry stand in as [`stale_if_error`](Self::stale_if_error) does, for those of
    /// the method's errors that `outage` says yes to: a backend that is down, and not one that says
    /// that there is no such thing. Timeouts and panics are outages.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Source};
    /// use std::{io, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |time| {
    /// let up = std::sync::atomic::AtomicBool::new(true);
    /// let pages = Builder::on(time.clone())
    ///     .expire_after(Duration::from_secs(60))
    ///     .stale_if_error_when(Duration::from_secs(3600), |error: &io::Error| {
    ///         error.kind() != io::ErrorKind::NotFound
    ///     })
    ///     .try_wrap(move |path: &'static str| {
    ///         let up = up.swap(false, std::sync::atomic::Ordering::Relaxed);
    ///         async move { if up { Ok(path) } else { Err(io::ErrorKind::ConnectionRefused.into()) } }
    ///     });
    /// pages.call("/").await.unwrap();
    /// time.advance(Duration::from_secs(600)).await;
    /// assert_eq!(pages.outcome("/").await.unwrap().source, Source::Stale);
    /// # });
    /// ```
    pub fn stale_if_error_when<E, W2>(
        self,
        window: Duration,
        outage: W2,
    ) -> Builder<R, S, X, B, T, P, Hooks<O, Hook<W2>>>
    where
        W2: Fn(&E) -> bool + Send + Sync + 'static,
    {
        self.stale_if_error(window)
            .hooked(|Hooks { observer, .. }| Hooks { observer, outage: Hook(outage) })
    }

    /// Tells `observer` of everything that the cache does but hits; see [`Observer`].
    pub fn observer<O2>(self, observer: O2) -> Builder<R, S, X, B, T, P, Hooks<Hook<O2>, W>> {
        self.hooked(|Hooks { outage, .. }| Hooks { observer: Hook(observer), outage })
    }
}

impl<R, S, X, B, T, P, H> Builder<R, S, X, B, T, P, H> {
    fn hooked<H2>(self, hook: impl FnOnce(H) -> H2) -> Builder<R, S, X, B, T, P, H2> {
        Builder {
            runtime: self.runtime,
            method_timeout: self.method_timeout,
            common: self.common,
            hooks: hook(self.hooks),
            storage: self.storage,
            key_extractor: self.key_extractor,
            entry_builder: self.entry_builder,
            eviction_strategy: self.eviction_strategy,
            postprocessing: self.postprocessing,
        }
    }
}

impl<R, C, O, W> ConfiguredBuilder<R, C, Hooks<O, W>> {
    /// Lets an expired entry stand in for errors that `outage` says yes to; see
    /// [`Builder::stale_if_error_when`].
    pub fn stale_if_error_when<E, W2>(
        self,
        window: Duration,
        outage: W2,
    ) -> ConfiguredBuilder<R, C, Hooks<O, Hook<W2>>>
    where
        W2: Fn(&E) -> bool + Send + Sync + 'static,
    {
        let Self { runtime, source, common, hooks } = self.stale_if_error(window);
        let hooks = Hooks { observer: hooks.observer, outage: Hook(outage) };
        ConfiguredBuilder { runtime, source, common, hooks }
    }

    /// Tells `observer` of everything that the cache does but hits; see [`Observer`].
    pub fn observer<O2>(self, observer: O2) -> ConfiguredBuilder<R, C, Hooks<Hook<O2>, W>> {
        let Self { runtime, source, common, hooks } = self;
        let hooks = Hooks { observer: Hook(observer), outage: hooks.outage };
        ConfiguredBuilder { runtime, source, common, hooks }
    }
}
