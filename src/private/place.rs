//! The `static` of a cache.

use core::fmt;
use std::sync::LazyLock;

#[cfg(feature = "testing")]
use crate::scopes::{self, ScopedPlace};

/// The cache of a function, made at its first use: one for the process, and with the feature
/// `testing` one for each scope.
pub struct CachePlace<T> {
    cache: LazyLock<T>,
    #[cfg(feature = "testing")]
    make: fn() -> T,
}

impl<T: Send + Sync + 'static> CachePlace<T> {
    /// Makes an empty place, for a `static`.
    #[must_use]
    pub const fn new(make: fn() -> T) -> Self {
        Self {
            cache: LazyLock::new(make),
            #[cfg(feature = "testing")]
            make,
        }
    }

    /// Returns the cache.
    #[inline]
    pub fn cache(&'static self) -> &'static T {
        #[cfg(feature = "testing")]
        if let Some(scope) = scopes::current() {
            let address = core::ptr::from_ref(self).addr();
            return scopes::cache(scope, ScopedPlace::Static(address), self.make);
        }
        &self.cache
    }
}

impl<T> fmt::Debug for CachePlace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachePlace").finish_non_exhaustive()
    }
}
