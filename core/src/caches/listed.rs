//! A cache as a list shows it.

use core::{fmt, time::Duration};

use crate::{
    closing::Unfinished,
    key::MethodName,
    runtime::{AnyEngine, BoxFuture, MultiThreaded, Threading},
    stats::Stats,
    sync::Arc,
};

/// The engine of a cache, which the cache owns.
pub(super) type Owner = <MultiThreaded as Threading>::EngineOwner;

/// A handle of a cache in a [list](super::CacheList), whatever the cache's types. It keeps the
/// cache alive.
#[derive(Clone)]
pub struct ListedCache {
    name: MethodName,
    owner: Arc<Owner>,
}

impl ListedCache {
    pub(super) const fn new(name: MethodName, owner: Arc<Owner>) -> Self {
        Self { name, owner }
    }

    fn engine(&self) -> &<MultiThreaded as Threading>::Engine {
        self.owner.engine()
    }

    /// Returns the cache's [name](crate::Builder::name): for a function under `#[memoize]` its
    /// path, and where none was set the name of the memoized function's type.
    #[must_use]
    pub const fn name(&self) -> MethodName {
        self.name
    }

    /// Returns the counts of the cache so far.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.engine().stats()
    }

    /// Returns the number of entries stored; see [`Cache::len`](crate::Cache::len).
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "no caller asks a cache whether it is empty")]
    pub fn len(&self) -> usize {
        self.engine().bounds(None).len.unwrap_or_default()
    }

    /// Returns the weight of all entries together; see [`Cache::weight`](crate::Cache::weight).
    #[must_use]
    pub fn weight(&self) -> usize {
        let bounds = self.engine().bounds(None);
        bounds.weight.or(bounds.len).unwrap_or_default()
    }

    /// Returns the largest number of entries, or weight, that is kept; see
    /// [`Cache::capacity`](crate::Cache::capacity).
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.engine().bounds(None).capacity.unwrap_or(usize::MAX)
    }

    /// Returns the number of loads in progress, those in the background included.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.engine().in_flight()
    }

    /// Removes all answers; see [`Cache::clear`](crate::Cache::clear). Dropped, it goes on in the
    /// same way.
    pub async fn clear(&self) {
        let _counted = self.engine().clear().await;
    }

    /// Lets no load begin any more, as [`Cache::close`](crate::Cache::close) does, and waits for
    /// `within` at most for what is in progress; then that is abandoned.
    pub(super) fn close_within(&self, within: Duration) -> BoxFuture<'static, Unfinished> {
        self.engine().close();
        self.engine().drain_within(within)
    }
}

impl fmt::Debug for ListedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListedCache")
            .field("name", &self.name())
            .field("stats", &self.stats())
            .field("in_flight", &self.in_flight())
            .finish_non_exhaustive()
    }
}
