//! Handles that can invalidate, and know nothing else.

use core::fmt;

use crate::{
    cache::Cache,
    configuration::ConfigurationSource,
    error::StorageError,
    parts::{Key, Of, SendParts},
    runtime::{BoxFuture, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded},
    statuses::UpdateStatuses,
    sync::Arc,
};

use alloc::{boxed::Box, rc::Rc};

impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: Sync + 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
    Of<A, V, E, R, C, U>: SendParts<
            Arguments = A,
            Value = V,
            Error = E,
            Runtime = R,
            Source = C,
            Statuses = U,
            Key = Key<A, V, C>,
            Snapshot = C::Snapshot,
        >,
{
    /// Makes a handle that can invalidate, for code that knows nothing of values, errors and
    /// runtimes.
    #[must_use]
    pub fn invalidation(&self) -> InvalidationSupport<A> {
        let cache = self.clone();
        InvalidationSupport {
            invalidate: Arc::new(move |arguments| {
                let cache = cache.clone();
                Box::pin(async move { erased(cache.invalidate(&arguments).await) })
            }),
        }
    }
}

impl<A, V, E, R, C, U> Cache<A, V, E, R, C, U>
where
    A: 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
    C: ConfigurationSource<A, V>,
    U: UpdateStatuses<Key<A, V, C>, V, E>,
{
    /// Makes a handle that can invalidate, of a cache that stays on its thread.
    #[must_use]
    pub fn local_invalidation(&self) -> LocalInvalidationSupport<A> {
        let cache = self.clone();
        LocalInvalidationSupport {
            invalidate: Rc::new(move |arguments| {
                let cache = cache.clone();
                Box::pin(async move { erased(cache.invalidate(&arguments).await) })
            }),
        }
    }
}

fn erased<E>(invalidated: Result<(), E>) -> Result<(), StorageError>
where
    E: core::error::Error + Send + Sync + 'static,
{
    invalidated.map_err(|error| Arc::new(error) as StorageError)
}

/// Invalidates answers of a cache that it shares. Clones share it too.
pub struct InvalidationSupport<A> {
    #[allow(clippy::type_complexity, reason = "a function, and it is named nowhere else")]
    invalidate: Arc<dyn Fn(A) -> BoxFuture<'static, Result<(), StorageError>> + Send + Sync>,
}

impl<A> InvalidationSupport<A> {
    /// Removes the answer to `arguments`, as [`Cache::invalidate`] does. Dropped before its end, as
    /// there.
    ///
    /// # Errors
    ///
    /// Returns the storage's error. Memory does not fail.
    pub async fn invalidate_for_arguments(&self, arguments: A) -> Result<(), StorageError> {
        (self.invalidate)(arguments).await
    }
}

impl<A> Clone for InvalidationSupport<A> {
    fn clone(&self) -> Self {
        Self { invalidate: self.invalidate.clone() }
    }
}

impl<A> fmt::Debug for InvalidationSupport<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvalidationSupport").finish_non_exhaustive()
    }
}

/// Invalidates answers of a cache that stays on its thread. Clones share it.
pub struct LocalInvalidationSupport<A> {
    #[allow(clippy::type_complexity, reason = "a function, and it is named nowhere else")]
    invalidate: Rc<dyn Fn(A) -> LocalBoxFuture<'static, Result<(), StorageError>>>,
}

impl<A> LocalInvalidationSupport<A> {
    /// Removes the answer to `arguments`, as [`Cache::invalidate`] does. Dropped before its end, as
    /// there.
    ///
    /// # Errors
    ///
    /// Returns the storage's error. Memory does not fail.
    pub async fn invalidate_for_arguments(&self, arguments: A) -> Result<(), StorageError> {
        (self.invalidate)(arguments).await
    }
}

impl<A> Clone for LocalInvalidationSupport<A> {
    fn clone(&self) -> Self {
        Self { invalidate: self.invalidate.clone() }
    }
}

impl<A> fmt::Debug for LocalInvalidationSupport<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalInvalidationSupport").finish_non_exhaustive()
    }
}
