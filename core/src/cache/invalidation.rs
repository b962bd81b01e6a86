//! Handles that can invalidate, and do nothing else.

use core::fmt;

use super::{handle::Cache, memo::Memo};
use crate::{
    error::StorageError,
    key::Asked,
    runtime::{AnyEngine, BoxFuture, LocalBoxFuture, MultiThreaded, Runtime, SingleThreaded},
    sync::Arc,
};

use alloc::{boxed::Box, rc::Rc};

impl<A, V, E, R> Cache<A, V, E, R>
where
    A: Send + 'static,
    V: 'static,
    E: 'static,
    R: Runtime<Threading = MultiThreaded>,
{
    /// Makes a handle that can invalidate, for code that does not know the types of values, errors
    /// and runtimes.
    #[must_use]
    pub fn invalidation(&self) -> InvalidationSupport<A> {
        let front = self.inner().front.clone();
        InvalidationSupport {
            invalidate: Arc::new(move |arguments| {
                let front = front.clone();
                Box::pin(async move {
                    let (configuration, key) = front.keyed(Asked::Whole(&arguments));
                    let removal = front.engine().invalidate(configuration, key);
                    drop(arguments);
                    removal.await
                })
            }),
        }
    }
}

impl<A, V, E, R> Cache<A, V, E, R>
where
    A: 'static,
    V: 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
{
    /// Makes a handle that can invalidate, of a cache that stays on its thread.
    #[must_use]
    pub fn local_invalidation(&self) -> LocalInvalidationSupport<A> {
        let front = self.inner().front.clone();
        LocalInvalidationSupport {
            invalidate: Rc::new(move |arguments| {
                let front = front.clone();
                Box::pin(async move {
                    let (configuration, key) = front.keyed(Asked::Whole(&arguments));
                    let removal = front.engine().invalidate(configuration, key);
                    drop(arguments);
                    removal.await
                })
            }),
        }
    }
}

impl<A, V, E, R> Memo<A, V, E, R>
where
    A: Send + 'static,
    V: 'static,
    E: 'static,
    R: Runtime<Threading = MultiThreaded>,
{
    /// Makes a handle that can invalidate; see [`Cache::invalidation`].
    #[must_use]
    pub fn invalidation(&self) -> InvalidationSupport<A> {
        self.cache().invalidation()
    }
}

impl<A, V, E, R> Memo<A, V, E, R>
where
    A: 'static,
    V: 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
{
    /// Makes a handle that can invalidate; see [`Cache::local_invalidation`].
    #[must_use]
    pub fn local_invalidation(&self) -> LocalInvalidationSupport<A> {
        self.cache().local_invalidation()
    }
}

/// Invalidates answers of a cache that it shares. Clones share it too.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, InvalidationSupport, StorageError};
///
/// /// Knows by what the names are cached, and nothing else of them.
/// struct Users {
///     names: InvalidationSupport<u32>,
/// }
///
/// impl Users {
///     async fn rename(&self, id: u32) -> Result<(), StorageError> {
///         self.names.invalidate_for_arguments(id).await
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let names = Builder::on(runtime).wrap(|id: u32| async move { format!("user {id}") });
/// let users = Users { names: names.invalidation() };
/// names.call(7).await.unwrap();
/// users.rename(7).await?;
/// assert_eq!(names.len(), 0);
/// # Ok::<(), StorageError>(())
/// # }).unwrap();
/// ```
pub struct InvalidationSupport<A> {
    #[allow(clippy::type_complexity, reason = "a function, and it is named nowhere else")]
    invalidate: Arc<dyn Fn(A) -> BoxFuture<'static, Result<(), StorageError>> + Send + Sync>,
}

impl<A> InvalidationSupport<A> {
    /// Removes the answer to `arguments`, as [`Cache::try_invalidate`] does. Dropped, it goes on in
    /// the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_invalidate`].
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
///
/// # Examples
///
/// ```
#[doc = include_str!("on_one_thread.md")]
/// use evermemo_core::{Builder, LocalInvalidationSupport, StorageError};
/// use std::rc::Rc;
///
/// /// Knows by what the names are cached, and nothing else of them.
/// struct Users {
///     names: LocalInvalidationSupport<u32>,
/// }
///
/// impl Users {
///     async fn rename(&self, id: u32) -> Result<(), StorageError> {
///         self.names.invalidate_for_arguments(id).await
///     }
/// }
///
/// # testing::run(async |time| {
/// # let runtime = Here(time);
/// let names = Builder::on(runtime).wrap_local(async |id: u32| Rc::new(format!("user {id}")));
/// let users = Users { names: names.local_invalidation() };
/// names.call(7).await.unwrap();
/// users.rename(7).await?;
/// assert_eq!(names.len(), 0);
/// # Ok::<(), StorageError>(())
/// # }).unwrap();
/// ```
pub struct LocalInvalidationSupport<A> {
    #[allow(clippy::type_complexity, reason = "a function, and it is named nowhere else")]
    invalidate: Rc<dyn Fn(A) -> LocalBoxFuture<'static, Result<(), StorageError>>>,
}

impl<A> LocalInvalidationSupport<A> {
    /// Removes the answer to `arguments`, as [`Cache::try_invalidate`] does. Dropped, it goes on in
    /// the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_invalidate`].
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
