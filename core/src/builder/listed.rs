//! A builder's choice of a list for its cache.

use super::Builder;
use crate::{
    caches::{CacheList, Listing, global},
    runtime::{MultiThreaded, Runtime},
};

impl<R, C, H, U, Q> Builder<R, C, H, U, Q>
where
    R: Runtime<Threading = MultiThreaded>,
{
    /// Puts the cache into the [list of the process](crate::caches::global), where it can be looked
    /// at, cleared and closed together with others; see [`caches`](crate::caches).
    ///
    /// It is there under its [name](Self::name), or without one under that of the memoized
    /// function's type, from when it is built until its last handle is dropped. A cache that stays
    /// on its thread is in no list.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, caches};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime)
    ///     .name("shop::squares")
    ///     .listed()
    ///     .wrap(|n: u64| async move { n * n });
    /// let listed = || caches::global().iter().any(|cache| cache.name().name() == "squares");
    /// assert!(listed());
    /// drop(squares);
    /// assert!(!listed());
    /// # });
    /// ```
    pub const fn listed(self) -> Self {
        self.listed_in(global())
    }

    /// Puts the cache into a list of your own; see [`listed`](Self::listed).
    pub const fn listed_in(mut self, list: &'static CacheList) -> Self {
        self.calls.listing = Some(Listing::of(list));
        self
    }
}
