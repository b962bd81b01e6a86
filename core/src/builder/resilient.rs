//! A builder's settings for failures, random times, sweeps and observers.

use core::time::Duration;

use super::Builder;
#[cfg(doc)]
use crate::observer::Observer;
use crate::{
    entry::CacheEntry,
    resilience::{Backoff, EarlyRefresh, Hook, Hooks, Jitter, MaxLoads, SweepEvery},
};

impl<R, C, H, U, Q> Builder<R, C, H, U, Q> {
    /// Sets how long a failed load is not tried again, while something old can answer: a refresh in
    /// the background, or a load that an expired entry [stands in](Self::stale_if_error) for.
    /// [`Backoff::default`] by default; with [`Backoff::NONE`] each call that is answered with
    /// something old tries again.
    ///
    /// A call that nothing can answer always loads, and so does a forced call.
    pub const fn refresh_backoff(mut self, backoff: Backoff) -> Self {
        self.calls.resilience.backoff = backoff;
        self
    }

    /// Lets an expired entry stand in for a failed load for this long after its expiry, and not a
    /// moment longer. Zero, the default, turns it off; [`Duration::MAX`] means for ever.
    ///
    /// Calls whose load fails, panics, takes longer than `method_timeout` or is dropped by its
    /// runtime are then answered with the old value, as [`Source::Stale`](crate::Source::Stale).
    /// Until the [back-off](Self::refresh_backoff) is over, later calls get it at once, without a
    /// load. A forced call never gets it, nor does a call that comes after an invalidation.
    ///
    /// The entry is stored for that much longer, and takes room meanwhile.
    /// [`stale_if_error_when`](Self::stale_if_error_when) distinguishes outages from answers.
    pub const fn stale_if_error(mut self, window: Duration) -> Self {
        self.calls.resilience.stale_if_error = window;
        self
    }

    /// Bounds the wait of a call whose entry has expired, but may [stand in](Self::stale_if_error):
    /// after this time it takes the old value, as [`Source::Stale`](crate::Source::Stale), and the
    /// load goes on, even if the cache is set to [`Abandon::Abort`](crate::Abandon::Abort). Off by
    /// default; zero waits for no load that is not ready at once.
    ///
    /// A caller that finds a stale entry never waits, and a caller that finds nothing always does.
    /// So without [`stale_if_error`](Self::stale_if_error) this has no effect.
    pub const fn soft_timeout(mut self, timeout: Duration) -> Self {
        self.calls.resilience.soft_timeout = Some(timeout);
        self
    }

    /// Keeps an error of the method for this long, as the answer to calls that have no other. With
    /// zero, the default, errors are not kept.
    ///
    /// A call that an old value can answer ([`stale_if_error`](Self::stale_if_error)) gets that,
    /// unless the error is [no outage](Self::stale_if_error_when). A forced call forgets the error,
    /// and so do an insertion, an invalidation and a clear. At most 4,096 errors are kept, and no
    /// more until some of those have expired. Timeouts and panics are not kept.
    pub const fn cache_errors_for(mut self, duration: Duration) -> Self {
        self.calls.resilience.cache_errors_for = duration;
        self
    }

    /// Runs at most this many loads at a time, those in the background included; without a bound by
    /// default. With 0 none ever starts, and calls that need one time out.
    ///
    /// A load needs a *permit*, of which there are this many, and keeps it to its end. If none is
    /// free, it queues. A refresh that no caller waits for comes after all loads that callers wait
    /// for. The wait counts against `method_timeout`, and a load whose time is over gives its
    /// permit back even if nothing polls it any more.
    ///
    /// A load that waits for a call of its own *lends* its permit, to one load of this cache at a
    /// time: to one that it has called or joined, or to one further down, behind loads of other
    /// caches too. It gets the permit back when that load ends. So loads that call each other never
    /// wait for each other's permits, and no more than the bound run, unless a load goes on before
    /// the load that it called has ended.
    ///
    /// All this is known of calls that a load polls itself. A call in a task that the load has
    /// spawned queues like any other, and if there is no other permit the two wait for each other
    /// until the time of one of them is over. The same holds for a load of another cache that was
    /// joined through a [registry of the user's](Self::update_statuses), and for all calls where
    /// there is no `std`. There a call that waits for another holder of its key takes no permit.
    ///
    /// A load that has to wait is from then on a task of its caller's runtime.
    pub const fn max_loads(mut self, loads: usize) -> Self {
        self.calls.resilience.max_loads = Some(MaxLoads::new(loads));
        self
    }

    /// Removes dead entries, which no call can be answered with any more, once in each such period
    /// from a storage that [can sweep](crate::CacheStorage::sweep), as the one in memory can. With
    /// zero, the default, it does not, and a dead entry leaves when it is replaced or room is
    /// needed.
    ///
    /// A task sweeps on the runtime of a load, from the end of that load until the storage is found
    /// empty or the cache is gone; later loads start it again. It does not keep the cache alive,
    /// and may go on for a period after the last handle was dropped. If the runtime drops it, the
    /// next load starts another.
    pub const fn sweep_every(mut self, period: Duration) -> Self {
        self.calls.resilience.sweep_every = SweepEvery::new(period);
        self
    }

    /// Shortens the lives of entries at random, so that entries that were loaded together do not
    /// grow old together; lives that an entry builder or a load has set, too. Off by default.
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.calls.resilience.jitter(jitter);
        self
    }

    /// Begins refreshes before their time at random, the earlier the longer a load takes; an
    /// inserted entry is not refreshed early. Off by default.
    pub const fn early_refresh(mut self, early: EarlyRefresh) -> Self {
        self.calls.resilience.early_refresh(early);
        self
    }

    /// Seeds the random numbers of back-off, jitter and early refresh. Without a seed each cache
    /// draws different ones.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.calls.resilience.seed = Some(seed);
        self
    }
}

impl<R, C, O, W, P, U, Q> Builder<R, C, Hooks<O, W, P>, U, Q> {
    /// Lets an expired entry stand in as [`stale_if_error`](Self::stale_if_error) does, for those
    /// of the method's errors that `outage` accepts: a backend is down, and does not just report
    /// that there is no such thing. Timeouts, panics and dropped loads are outages.
    ///
    /// It is called when a load has failed, by the load and by each caller that has an old value. A
    /// panic in it means that the error is no outage.
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
    ///         async move {
    ///             if up { Ok(path) } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    ///         }
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
    ) -> Builder<R, C, Hooks<O, Hook<W2>, P>, U, Q>
    where
        W2: Fn(&E) -> bool + Send + Sync + 'static,
    {
        self.stale_if_error(window).hooked(|Hooks { observer, valid, .. }| Hooks {
            observer,
            outage: Hook(outage),
            valid,
        })
    }

    /// Asks `valid` of each stored entry that is to answer a call, `|key: &K, entry:
    /// &CacheEntry<V>| -> bool`. One that it refuses has expired: the call waits for a load, and
    /// concurrent calls share that. A call that is not answered at a hit pays nothing for it.
    ///
    /// A refused entry answers its caller neither if the load fails nor if it takes long; a load
    /// that takes what it [replaces](Self::wrap_loader) is still handed it. What a load yields is
    /// not asked about before those answer who have waited for it: if it is always refused, each
    /// call that comes later makes one load. An entry is asked about whenever a call looks at it,
    /// whatever its age.
    ///
    /// The predicate is called outside of locks with a clone of the entry, and may call the cache.
    /// A panic in it refuses the entry. It works over every storage, and makes each hit a closer
    /// look; so it should be quick. It replaces a predicate that was given before.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, CacheEntry};
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// static EDITION: AtomicU32 = AtomicU32::new(1);
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let pages = Builder::on(runtime)
    ///     .valid_if(|_: &&str, page: &CacheEntry<(u32, String)>| {
    ///         page.value.0 == EDITION.load(Ordering::Relaxed)
    ///     })
    ///     .wrap(|path: &'static str| async move {
    ///         (EDITION.load(Ordering::Relaxed), path.to_uppercase())
    ///     });
    /// assert_eq!(pages.call("/a").await?, (1, "/A".to_owned()));
    /// EDITION.store(2, Ordering::Relaxed);
    /// assert_eq!(pages.call("/a").await?, (2, "/A".to_owned()));
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    pub fn valid_if<K, V, P2>(self, valid: P2) -> Builder<R, C, Hooks<O, W, Hook<P2>>, U, Q>
    where
        P2: Fn(&K, &CacheEntry<V>) -> bool + Send + Sync + 'static,
    {
        self.hooked(|Hooks { observer, outage, .. }| Hooks { observer, outage, valid: Hook(valid) })
    }

    /// Reports to `observer`, which may be a closure `|event: &Event<'_, K, V, E>|`, all that the
    /// cache does but hits, for as long as the cache exists; see [`Observer`]. It replaces an
    /// observer that was given before.
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
    pub fn observer<O2>(self, observer: O2) -> Builder<R, C, Hooks<Hook<O2>, W, P>, U, Q> {
        self.hooked(|Hooks { outage, valid, .. }| Hooks { observer: Hook(observer), outage, valid })
    }
}
