//! A list of caches.

use core::{fmt, time::Duration};
use std::sync::{MutexGuard, PoisonError};

use super::{
    CloseAll,
    listed::{ListedCache, Owner},
};
use crate::{
    key::MethodName,
    sync::{Arc, Weak},
};

use alloc::vec::{IntoIter, Vec};

/// The caches of a program, or of a part of it, that are to be looked at or closed together.
///
/// A list may be a `static`. It keeps no cache alive. Names may repeat, as where each tenant has a
/// cache of its own.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, caches::CacheList};
///
/// static TENANTS: CacheList = CacheList::new();
///
/// # evermemo_core::testing::run(async |runtime| {
/// let build = || Builder::on(runtime.clone()).name("tenant").listed_in(&TENANTS);
/// let one = build().wrap(|n: u64| async move { n + 1 });
/// let other = build().wrap(|n: u64| async move { n + 2 });
/// one.call(1).await.unwrap();
/// assert_eq!(TENANTS.iter().map(|tenant| tenant.len()).sum::<usize>(), 1);
/// drop(other);
/// assert_eq!(TENANTS.iter().count(), 1);
/// # });
/// ```
pub struct CacheList {
    // Not that of `sync`: a `static` needs a constant.
    members: std::sync::Mutex<Vec<Member>>,
}

/// A cache in a list.
struct Member {
    name: MethodName,
    owner: Weak<Owner>,
}

/// Puts a cache into a list when it is built. A program that lists none contains nothing of this.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listing {
    list: &'static CacheList,
    add: fn(&CacheList, MethodName, &Arc<Owner>),
}

impl Listing {
    pub(crate) const fn of(list: &'static CacheList) -> Self {
        Self { list, add: CacheList::add }
    }

    pub(crate) fn add(self, name: MethodName, owner: &Arc<Owner>) {
        (self.add)(self.list, name, owner);
    }
}

/// Returns the list of the process, which [`Builder::listed`](crate::Builder::listed) adds to.
pub const fn global() -> &'static CacheList {
    static GLOBAL: CacheList = CacheList::new();
    &GLOBAL
}

impl CacheList {
    /// Makes an empty list.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "`Default` is derived from it below")]
    pub const fn new() -> Self {
        Self { members: std::sync::Mutex::new(Vec::new()) }
    }

    fn members(&self) -> MutexGuard<'_, Vec<Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, name: MethodName, owner: &Arc<Owner>) {
        let mut members = self.members();
        // Not each time, but whenever there are twice as many as remained the last time.
        if members.len() == members.capacity() {
            members.retain(|member| member.owner.strong_count() > 0);
            let length = members.len();
            members.reserve(length + 1);
        }
        members.push(Member { name, owner: Arc::downgrade(owner) });
    }

    /// Returns the caches that are in the list now, in the order in which they were built. The
    /// iterator keeps them alive until it has yielded them.
    #[must_use]
    pub fn iter(&self) -> IntoIter<ListedCache> {
        let members = self.members();
        // Dropping one of these may drop a cache, so all of them leave the lock first.
        let listed = members
            .iter()
            .filter_map(|member| Some(ListedCache::new(member.name, member.owner.upgrade()?)));
        let listed: Vec<_> = listed.collect();
        drop(members);
        listed.into_iter()
    }

    /// Closes all caches that are in the list now, and waits for what they have in progress: no
    /// longer than `within`, by each cache's own runtime. What has not ended by then is abandoned:
    /// loads are dropped, and writes given up.
    ///
    /// The caches are closed at the call, as by [`Cache::close`](crate::Cache::close), whether the
    /// returned future is polled or not. If it is dropped, nothing is abandoned. The time is
    /// counted from its first poll. Polled outside any runtime, it cannot tell the time of a cache
    /// that finds its runtime in context, and waits for that as long as its loads take.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Failure, caches::CacheList};
    /// use std::{future::pending, time::Duration};
    ///
    /// static PAGES: CacheList = CacheList::new();
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let time = runtime.clone();
    /// # let spawn = |task| evermemo_core::Runtime::spawn(&time, task);
    /// let pages = Builder::on(runtime).listed_in(&PAGES).wrap(|_: String| pending::<String>());
    /// let caller = pages.clone();
    /// spawn(Box::pin(async move {
    ///     let error = caller.call("/".into()).await.unwrap_err();
    ///     assert!(matches!(error.failure(), Failure::Abandoned));
    /// }));
    /// # time.settle().await;
    /// let left = PAGES.close_all(Duration::from_secs(10)).await;
    /// assert_eq!(left.loads, 1);
    /// # time.settle().await;
    /// # });
    /// ```
    pub fn close_all(&self, within: Duration) -> CloseAll {
        CloseAll::new(self.iter().map(|cache| cache.close_within(within)))
    }

    /// Removes all answers of all caches that are in the list now.
    ///
    /// **Tests that run at the same time share their caches**, those of memoized functions above
    /// all: this takes the answers of all of them, in the middle of whatever they do. It is for
    /// tests that run one at a time.
    ///
    /// Dropped, it has cleared some caches and others not.
    #[cfg(feature = "testing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
    pub async fn clear_all(&self) {
        for cache in self.iter() {
            cache.clear().await;
        }
    }
}

impl Default for CacheList {
    fn default() -> Self {
        Self::new()
    }
}

impl IntoIterator for &CacheList {
    type Item = ListedCache;
    type IntoIter = IntoIter<ListedCache>;

    fn into_iter(self) -> IntoIter<ListedCache> {
        self.iter()
    }
}

impl fmt::Debug for CacheList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
