//! The first step of a memoized function's call.

use core::fmt;

use super::{
    call::Call,
    getting::Get,
    handle::Cache,
    loader::{Carried, Loading},
    mapped::LoadOf,
    owned::OwnedCall,
    query::{Intended, Query},
    removing::Remove,
};
use crate::{
    entry_info::EntryInfo,
    runtime::{AnyEngine, Front, MultiThreaded, Runtime, SingleThreaded},
};

// Nothing is asked of a key or a value here: `#[memoize]` asks for it where their types stand, so
// that the author of a function is told once what is missing.
impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Begins an operation of a memoized function, by its arguments.
    #[doc(hidden)]
    #[inline]
    pub const fn ask<Q: Intended<A>>(&self, query: Q) -> Asking<'_, A, V, E, R, Q> {
        Asking { cache: self, query }
    }

    /// Begins the same with a handle that the call keeps.
    #[doc(hidden)]
    #[inline]
    pub const fn ask_owned<Q: Intended<A>>(self, query: Q) -> OwnedAsking<A, V, E, R, Q> {
        OwnedAsking { cache: self, query }
    }
}

/// A cache, and the arguments of a call.
#[doc(hidden)]
pub struct Asking<'a, A, V, E, R: Runtime, Q> {
    cache: &'a Cache<A, V, E, R>,
    query: Q,
}

impl<'a, A, V, E, R: Runtime, Q: Intended<A>> Asking<'a, A, V, E, R, Q> {
    /// Makes the call that all forms of a memoized function share.
    #[inline]
    #[allow(clippy::type_complexity, reason = "it has a short name where it is written")]
    pub fn load<X>(
        self,
        with: X,
        load: fn(X, A) -> LoadOf<V, E, MultiThreaded>,
    ) -> Call<'a, A, V, E, R, Q::Query, Carried<X, A, V, E, MultiThreaded>> {
        let (cache, by) = (self.cache.inner(), self.query.into_by());
        Call::new(cache, by, Carried { with, load }, Loading::carried())
    }

    /// Makes the same call on a single-threaded runtime.
    #[inline]
    #[allow(clippy::type_complexity, reason = "it has a short name where it is written")]
    pub fn load_local<X>(
        self,
        with: X,
        load: fn(X, A) -> LoadOf<V, E, SingleThreaded>,
    ) -> Call<'a, A, V, E, R, Q::Query, Carried<X, A, V, E, SingleThreaded>>
    where
        R: Runtime<Threading = SingleThreaded>,
    {
        let (cache, by) = (self.cache.inner(), self.query.into_by());
        Call::new(cache, by, Carried { with, load }, Loading::carried_local())
    }

    /// Reads the answer, and loads nothing.
    #[inline]
    pub fn got(self) -> Get<'a, A, V, E, R, Q::Query> {
        Get::new(self.cache.inner(), self.query.into_by())
    }

    /// Returns the answer, and leaves everything as it is.
    #[inline]
    pub fn peeked(self) -> Option<V>
    where
        V: Clone + 'static,
        Q::Query: Query<A>,
    {
        self.cache.peek_by::<Q::Query>(&self.query.into_by())
    }

    /// Returns whether there is an answer.
    #[inline]
    pub fn contained(self) -> bool
    where
        V: Clone + 'static,
        Q::Query: Query<A>,
    {
        self.cache.contains_by::<Q::Query>(&self.query.into_by())
    }

    /// Returns what is known of the entry besides its value.
    #[inline]
    pub fn informed(self) -> Option<EntryInfo>
    where
        V: Clone + 'static,
        Q::Query: Query<A>,
    {
        self.cache.entry_info_by::<Q::Query>(&self.query.into_by())
    }

    /// Removes the answer, and hands it out.
    #[inline]
    pub fn removed(self) -> Remove<'a, A, V, E, R, Q::Query> {
        Remove::new(self.cache.inner(), self.query.into_by())
    }

    /// Removes the answer; a failure of the storage is counted, and not returned.
    pub async fn invalidated(self)
    where
        Q::Query: Query<A>,
    {
        let by = self.query.into_by();
        let front = &self.cache.inner().front;
        let (configuration, key) = front.keyed(Q::Query::asked(&by));
        let removal = front.engine().invalidate(configuration, key);
        drop(by);
        let _counted = removal.await;
    }
}

/// A handle of a cache, and the arguments of a call.
#[doc(hidden)]
pub struct OwnedAsking<A, V, E, R: Runtime, Q> {
    cache: Cache<A, V, E, R>,
    query: Q,
}

impl<A, V, E, R: Runtime, Q: Intended<A>> OwnedAsking<A, V, E, R, Q> {
    /// Makes the call that all forms of a memoized function share.
    #[inline]
    #[allow(clippy::type_complexity, reason = "it has a short name where it is written")]
    pub fn load<X>(
        self,
        with: X,
        load: fn(X, A) -> LoadOf<V, E, MultiThreaded>,
    ) -> OwnedCall<A, V, E, R, Q::Query, Carried<X, A, V, E, MultiThreaded>> {
        let by = self.query.into_by();
        OwnedCall::new(self.cache, by, Carried { with, load }, Loading::carried())
    }

    /// Makes the same call on a single-threaded runtime.
    #[inline]
    #[allow(clippy::type_complexity, reason = "it has a short name where it is written")]
    pub fn load_local<X>(
        self,
        with: X,
        load: fn(X, A) -> LoadOf<V, E, SingleThreaded>,
    ) -> OwnedCall<A, V, E, R, Q::Query, Carried<X, A, V, E, SingleThreaded>>
    where
        R: Runtime<Threading = SingleThreaded>,
    {
        let by = self.query.into_by();
        OwnedCall::new(self.cache, by, Carried { with, load }, Loading::carried_local())
    }
}

impl<A, V, E, R: Runtime, Q> fmt::Debug for OwnedAsking<A, V, E, R, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedAsking").finish_non_exhaustive()
    }
}

impl<A, V, E, R: Runtime, Q> fmt::Debug for Asking<'_, A, V, E, R, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}
