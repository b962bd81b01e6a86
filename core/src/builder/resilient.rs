//! What a builder is told about failures, about chance, and about who hears of it.

use core::time::Duration;

use super::Builder;
#[cfg(doc)]
use crate::observer::Observer;
use crate::resilience::{Backoff, EarlyRefresh, Hook, Hooks, Jitter, MaxLoads};

impl<R, C, H, U, Q> Builder<R, C, H, U, Q> {
    /// Sets for how long a load that has failed is not tried again, while there is something old
    /// to answer with: a refresh in the background, or a load that an expired entry
    /// [stands in](Self::stale_if_error) for. [`Backoff::default`] by default; with
    /// [`Backoff::NONE`] each call that is answered with something old tries again.
    ///
    /// A call that has nothing to be answered with always loads, and so does a forced one.
    pub const fn refresh_backoff(mut self, backoff: Backoff) -> Self {
        self.calls.resilience.backoff = backoff;
        self
    }

    /// Lets an expired entry stand in for a failed load for so long after its expiry, and not a
    /// moment longer. Zero, the default: never; [`Duration::MAX`]: for ever.
    ///
    /// Calls whose load fails, panics, takes longer than `method_timeout` or is dropped by its
    /// runtime are then answered with the old value, as [`Source::Stale`](crate::Source::Stale).
    /// Until the [back-off](Self::refresh_backoff) is over, later ones have it at once, without a
    /// load. A forced call is never answered so, nor is one that comes after an invalidation.
    ///
    /// The entry is stored for so much longer, and takes room meanwhile.
    /// [`stale_if_error_when`](Self::stale_if_error_when) tells outages from answers.
    pub const fn stale_if_error(mut self, window: Duration) -> Self {
        self.calls.resilience.stale_if_error = window;
        self
    }

    /// Bounds the wait of a call whose entry has expired, but may
    /// [stand in](Self::stale_if_error): it takes the old value after so long, as
    /// [`Source::Stale`](crate::Source::Stale), and the load goes on, even if the cache is set to
    /// [`Abandon::Abort`](crate::Abandon::Abort). Off by default; zero waits for no load that is
    /// not ready at once.
    ///
    /// A caller who finds a stale entry never waits; one who finds nothing always does. So without
    /// [`stale_if_error`](Self::stale_if_error) this has no effect.
    pub const fn soft_timeout(mut self, timeout: Duration) -> Self {
        self.calls.resilience.soft_timeout = Some(timeout);
        self
    }

    /// Keeps an error of the method as the answer for so long, to calls that have no other. Zero,
    /// the default: errors are not kept.
    ///
    /// A call that can be answered with an old value ([`stale_if_error`](Self::stale_if_error))
    /// is, unless the error is [no outage](Self::stale_if_error_when). A call that is forced
    /// forgets the error, as do an insertion, an invalidation and a clear. At most 4,096 errors are kept, and others not until some of those are over.
    /// Timeouts and panics are not kept.
    pub const fn cache_errors_for(mut self, duration: Duration) -> Self {
        self.calls.resilience.cache_errors_for = duration;
        self
    }

    /// Runs at most so many loads at a time, those in the background included; without a bound by
    /// default. With 0 none ever starts, and calls that need one time out.
    ///
    /// A load needs a *permit*, of which there are so many, and keeps it to its end. If none is free,
    /// it queues. A refresh that no caller waits for comes after all loads that callers wait for. The
    /// wait counts against `method_timeout`, and a load that has had its time gives its permit back
    /// even if nothing polls it any more.
    ///
    /// A load that waits for a call which it has made itself *lends* its permit, one load at a time,
    /// to whatever load of this cache it waits for: one that it calls or joins, or that something
    /// does which it calls, other caches included. It has it back when that load ends. So loads that
    /// call each other never wait for each other's permits, and no more than so many run, but for a
    /// load that goes on before what it has called has ended.
    ///
    /// All this is known of calls that a load polls itself. One in a task that the load has spawned
    /// queues like any other, and the two wait for each other until one of them has had its time if
    /// there is no other permit. The same holds of another cache's load that has been joined through
    /// a [registry of one's own](Self::update_statuses), and where there is no `std`, of all calls. A
    /// call that waits for another holder of its key there takes no permit.
    ///
    /// A load that has to wait is a task of its caller's runtime from then on.
    pub const fn max_loads(mut self, loads: usize) -> Self {
        self.calls.resilience.max_loads = Some(MaxLoads::new(loads));
        self
    }

    /// Removes once in such a period what is dead, which nothing can be answered with any more,
    /// from a storage that [can sweep](crate::CacheStorage::sweep), as that in memory can. Zero,
    /// the default: not at all. Otherwise it leaves when it is replaced or room is needed.
    ///
    /// A task does so on the runtime of a load, from the end of that load until the storage is
    /// found empty or the cache is gone; later loads start it again. It does not keep the cache,
    /// and a period may pass before it ends after the last handle was dropped. If the runtime
    /// drops it, the next load starts another.
    pub const fn sweep_every(mut self, period: Duration) -> Self {
        self.calls.resilience.sweep_every = period;
        self
    }

    /// Shortens the lives of entries at random, so that what was loaded together does not grow old
    /// together; lives that an entry builder or a load have given, too. Off by default.
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.calls.resilience.jitter(jitter);
        self
    }

    /// Begins refreshes before their time at random, the earlier the longer a load takes; what was
    /// inserted is not refreshed early. Off by default.
    pub const fn early_refresh(mut self, early: EarlyRefresh) -> Self {
        self.calls.resilience.early_refresh(early);
        self
    }

    /// Seeds what is left to chance: back-off, jitter and early refresh. Without it each cache
    /// draws other numbers.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.calls.resilience.seed = Some(seed);
        self
    }
}

impl<R, C, O, W, U, Q> Builder<R, C, Hooks<O, W>, U, Q> {
    /// Lets an expired entry stand in as [`stale_if_error`](Self::stale_if_error) does, for those of
    /// the method's errors that `outage` says yes to: a backend that is down, and not one that says
    /// that there is no such thing. Timeouts, panics and dropped loads are outages.
    ///
    /// It is asked when a load has failed, by the load and by each caller who has something old. A
    /// panic counts as a no.
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
    ) -> Builder<R, C, Hooks<O, Hook<W2>>, U, Q>
    where
        W2: Fn(&E) -> bool + Send + Sync + 'static,
    {
        self.stale_if_error(window)
            .hooked(|Hooks { observer, .. }| Hooks { observer, outage: Hook(outage) })
    }

    /// Tells `observer`, which may be a closure `|event: &Event<'_, K, V, E>|`, of everything that
    /// the cache does but hits, for as long as the cache is there; see [`Observer`]. It takes the
    /// place of one that was given before.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Event};
    /// use std::{num::ParseIntError, sync::{Arc, Mutex}};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let lines = Arc::new(Mutex::new(Vec::new()));
    /// let log = lines.clone();
    /// let numbers = Builder::on(runtime)
    ///     .observer(move |event: &Event<'_, String, u32, ParseIntError>| {
    ///         if let Event::LoadEnded { key, result: Err(failure), .. } = event {
    ///             log.lock().unwrap().push(format!("{key}: {failure}"));
    ///         }
    ///     })
    ///     .try_wrap(|text: String| async move { text.parse::<u32>() });
    /// assert!(numbers.call("seven".into()).await.is_err());
    /// assert_eq!(*lines.lock().unwrap(), ["seven: invalid digit found in string"]);
    /// # });
    /// ```
    pub fn observer<O2>(self, observer: O2) -> Builder<R, C, Hooks<Hook<O2>, W>, U, Q> {
        self.hooked(|Hooks { outage, .. }| Hooks { observer: Hook(observer), outage })
    }
}
