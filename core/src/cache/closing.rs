//! The end of a cache's work, as its handles say it.

use super::{handle::Cache, memo::Memo};
use crate::{
    closing::Drain,
    runtime::{AnyEngine, Runtime},
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Waits until what is in progress now has ended: loads, those in the background included, and
    /// the writes and removals of a storage that waits.
    ///
    /// What begins later is not waited for, so it ends under traffic too. A load that is queued
    /// behind another of its key has not begun. Each load is waited for until its deadline at most,
    /// and each write for as long as [`storage_timeout`](crate::Builder::storage_timeout) allows;
    /// outside any runtime there is no such bound. A load that calls this is not waited for.
    ///
    /// What is in progress is noted at the call, and not when the future is polled. Dropping the
    /// future changes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    /// use std::time::Duration;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).update_after(Duration::ZERO).wrap(|n: u64| async move {
    ///     n * n
    /// });
    /// squares.call(12).await?;
    /// squares.call(12).await?; // starts a refresh
    /// squares.drain().await;
    /// assert_eq!(squares.in_flight(), 0);
    /// # Ok::<(), evermemo_core::Error<std::convert::Infallible>>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "without an `.await` nothing waits"]
    pub fn drain(&self) -> Drain<R> {
        Drain::new(self.engine().drain())
    }

    /// Lets no load begin any more, and waits as [`drain`](Self::drain) does for what is in
    /// progress.
    ///
    /// The cache is closed at the call, for all of its handles and for good, whether the returned
    /// future is polled or not; closing it again is allowed. From then on a fresh or stale entry
    /// still answers, and no refresh follows. Loads that have begun go on, and are stored; callers
    /// can still join them. A call that needs another load fails with
    /// [`Failure::Closed`](crate::Failure::Closed), and counts as
    /// [rejected](crate::Stats::rejected); so does one whose load has not begun yet, as it waits
    /// for a [permit](crate::Builder::max_loads), or behind another load of its key. Insertions and
    /// removals work as before, so that no answer is out of date. Dead entries are no longer swept.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, ErrorKind};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await.unwrap();
    /// squares.close().await;
    /// assert_eq!(squares.call(12).await.unwrap(), 144);
    /// assert_eq!(squares.call(13).await.unwrap_err().kind(), ErrorKind::Closed);
    /// # });
    /// ```
    pub fn close(&self) -> Drain<R> {
        self.engine().close();
        Drain::new(self.engine().drain())
    }
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Waits until what is in progress now has ended; see [`Cache::drain`]. Dropping the future
    /// changes nothing.
    #[must_use = "without an `.await` nothing waits"]
    pub fn drain(&self) -> Drain<R> {
        self.cache().drain()
    }

    /// Lets no load begin any more, and waits for what is in progress; see [`Cache::close`].
    /// Dropping the future changes nothing.
    pub fn close(&self) -> Drain<R> {
        self.cache().close()
    }
}
