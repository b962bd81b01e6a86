//! Reads of stored entries, without a load.

use super::{
    getting::Get,
    handle::Cache,
    memo::Memo,
    query::{ByReference, Query},
    removing::Remove,
};
use crate::{
    entry::CacheEntry,
    entry_info::EntryInfo,
    freshness::Freshness,
    key::Lookup,
    planted::{self, Fault},
    runtime::{AnyEngine, Front, Runtime},
    storage::Usage,
    time::Instant,
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Returns the answer that is stored, fresh or stale: it loads nothing, waits for no load and
    /// starts no refresh.
    ///
    /// It finds what a call would be answered with at once, also while a configuration says that it
    /// is not configured. [`fresh`](Get::fresh) refuses a stale answer. It counts as a read: as a
    /// hit, a stale hit, or [absent](crate::Stats::absent).
    ///
    /// In memory it ends at its first poll. A storage that waits is waited for, at most for
    /// `storage_timeout`; where an insertion or a removal of the key ends meanwhile, it is asked
    /// again, twice at most. It does nothing before its first poll, and is given up if it is
    /// dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> = Builder::on(runtime).build();
    /// ages.insert("Ann".into(), 42).await;
    /// assert_eq!(ages.get("Ann").await, Some(42));
    /// assert_eq!(ages.get("Bob").await, None);
    /// assert_eq!((ages.stats().hits, ages.stats().absent), (1, 1));
    /// # });
    /// ```
    #[inline]
    pub fn get<Q: Lookup<A>>(&self, arguments: Q) -> Get<'_, A, V, E, R, ByReference<Q>> {
        Get::new(self.inner(), arguments)
    }

    /// Returns the answer that is stored, fresh or stale, and leaves everything as it is: it counts
    /// as no read, and moves the entry in no order.
    ///
    /// It looks into this process' memory. `None` if there is no answer, or if the storage has it
    /// only after a wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> = Builder::on(runtime).build();
    /// ages.insert("Ann".into(), 42).await;
    /// assert_eq!((ages.peek("Ann"), ages.peek("Bob")), (Some(42), None));
    /// assert_eq!(ages.stats().calls(), 0);
    /// # });
    /// ```
    #[must_use]
    pub fn peek<Q: Lookup<A>>(&self, arguments: Q) -> Option<V>
    where
        V: Clone + 'static,
    {
        self.peek_by::<ByReference<Q>>(&arguments)
    }

    /// Returns whether there is an answer, as [`peek`](Self::peek) finds it.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> = Builder::on(runtime).build();
    /// ages.insert("Ann".into(), 42).await;
    /// assert!(ages.contains("Ann") && !ages.contains("Bob"));
    /// # });
    /// ```
    #[must_use]
    pub fn contains<Q: Lookup<A>>(&self, arguments: Q) -> bool
    where
        V: Clone + 'static,
    {
        self.contains_by::<ByReference<Q>>(&arguments)
    }

    /// Returns what is known of the entry besides its value, if there is an answer, as
    /// [`peek`](Self::peek) finds it.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> =
    ///     Builder::on(runtime).expire_after(Duration::from_secs(60)).build();
    /// ages.insert("Ann".into(), 42).await;
    /// let info = ages.entry_info("Ann").unwrap();
    /// assert_eq!((info.expires_in, info.weight), (Duration::from_secs(60), 1));
    /// # });
    /// ```
    #[must_use]
    pub fn entry_info<Q: Lookup<A>>(&self, arguments: Q) -> Option<EntryInfo>
    where
        V: Clone + 'static,
    {
        self.entry_info_by::<ByReference<Q>>(&arguments)
    }

    /// Removes the answer to `arguments` as [`invalidate`](Self::invalidate) does, and hands out
    /// the entry that was stored, whatever its age.
    ///
    /// In memory that is one step, so two removals never hand out the same entry. With a key
    /// extractor, or a hasher of the user's, it is two steps, as in a storage of the user's; there
    /// the value of a write that is under way is waited for first. A removal that a newer change of
    /// the key replaces before its turn hands out nothing.
    ///
    /// It does nothing before its first poll. Dropped after that, it goes on as a task of the
    /// runtime, if it was polled in the context of one.
    ///
    /// # Errors
    ///
    /// The future yields the storage's error, or [`StorageFailure`](crate::StorageFailure) if it
    /// took too long or panicked; it is counted and reported all the same. If the entry could not
    /// be read, it has left nevertheless; if it could not be removed, it may still be there.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> = Builder::on(runtime).build();
    /// ages.insert("Ann".into(), 42).await;
    /// let removed = ages.remove("Ann").await?;
    /// assert_eq!(removed.map(|entry| entry.value), Some(42));
    /// assert_eq!(ages.remove("Ann").await?, None);
    /// # Ok::<(), evermemo_core::StorageError>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub fn remove<Q: Lookup<A>>(&self, arguments: Q) -> Remove<'_, A, V, E, R, ByReference<Q>> {
        Remove::new(self.inner(), arguments)
    }

    pub(super) fn peek_by<Q: Query<A>>(&self, by: &Q::By) -> Option<V>
    where
        V: Clone + 'static,
    {
        if planted::is(Fault::PeekCounted) {
            self.engine().hit();
        }
        self.seen::<Q>(by, true)?.0.value
    }

    pub(super) fn contains_by<Q: Query<A>>(&self, by: &Q::By) -> bool
    where
        V: Clone + 'static,
    {
        self.seen::<Q>(by, false).is_some()
    }

    pub(super) fn entry_info_by<Q: Query<A>>(&self, by: &Q::By) -> Option<EntryInfo>
    where
        V: Clone + 'static,
    {
        let (entry, usage, now) = self.seen::<Q>(by, false)?;
        let (configuration, key) = self.inner().front.keyed(Q::asked(by));
        let refreshing = self.engine().is_loading(&configuration, &key);
        Some(EntryInfo::of(&entry, usage, refreshing, now))
    }

    /// Returns the entry that is an answer now, with its value if that is wanted.
    #[allow(clippy::type_complexity, reason = "it is named nowhere else")]
    fn seen<Q: Query<A>>(
        &self,
        by: &Q::By,
        valued: bool,
    ) -> Option<(CacheEntry<Option<V>>, Usage, Instant)>
    where
        V: Clone + 'static,
    {
        let cache = self.inner();
        if let Some(table) = &cache.hot
            && let Some(found) = Q::peek(by, table, valued)
        {
            let ((entry, usage), now) = (found?, cache.runtime.now());
            return is_an_answer(&entry, now).then_some((entry, usage, now));
        }
        let (configuration, key) = cache.front.keyed(Q::asked(by));
        let mut usage = Usage::default();
        let entry = self.engine().peek(&configuration, &key, true, &mut usage)?;
        let now = cache.runtime.now();
        if !is_an_answer(&entry, now) {
            return None;
        }
        let process = |value| cache.processed(&configuration, value);
        Some((entry.map(|value| valued.then(|| process(value))), usage, now))
    }
}

fn is_an_answer<V>(entry: &CacheEntry<V>, now: Instant) -> bool {
    matches!(Freshness::of(entry, now), Freshness::Fresh | Freshness::Stale)
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Returns the answer that is stored, and loads nothing; see [`Cache::get`]. Dropped, it is
    /// given up in the same way.
    #[inline]
    pub fn get<Q: Lookup<A>>(&self, arguments: Q) -> Get<'_, A, V, E, R, ByReference<Q>> {
        self.cache().get(arguments)
    }

    /// Returns the answer that is stored, and leaves everything as it is; see [`Cache::peek`].
    #[must_use]
    pub fn peek<Q: Lookup<A>>(&self, arguments: Q) -> Option<V>
    where
        V: Clone + 'static,
    {
        self.cache().peek(arguments)
    }

    /// Returns whether there is an answer; see [`Cache::contains`].
    #[must_use]
    pub fn contains<Q: Lookup<A>>(&self, arguments: Q) -> bool
    where
        V: Clone + 'static,
    {
        self.cache().contains(arguments)
    }

    /// Returns what is known of the entry besides its value; see [`Cache::entry_info`].
    #[must_use]
    pub fn entry_info<Q: Lookup<A>>(&self, arguments: Q) -> Option<EntryInfo>
    where
        V: Clone + 'static,
    {
        self.cache().entry_info(arguments)
    }

    /// Removes the answer, and hands out the entry that was stored; see [`Cache::remove`]. Dropped,
    /// it goes on in the same way.
    #[inline]
    pub fn remove<Q: Lookup<A>>(&self, arguments: Q) -> Remove<'_, A, V, E, R, ByReference<Q>> {
        self.cache().remove(arguments)
    }
}
