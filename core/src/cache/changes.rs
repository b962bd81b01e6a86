//! Changes of stored entries from outside a call.

use super::{handle::Cache, memo::Memo};
use crate::{
    cached::Cached,
    error::StorageError,
    key::Asked,
    runtime::{AnyEngine, Front, Runtime},
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Stores the answer to `arguments`, built as if a load had yielded it now.
    ///
    /// A load in progress does not overwrite it; the callers of that load get its result. If the
    /// storage fails, the value is lost, as that of a load would be: the failure is counted in
    /// [`storage_errors`](crate::Stats::storage_errors), an [observer](crate::Builder::observer) is
    /// told, and nothing older is an answer from then on. [`try_insert`](Self::try_insert) returns
    /// the error as well.
    ///
    /// It does nothing before its first poll. Dropped after that, it goes on as a task of the
    /// runtime, if it was polled in the context of one.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert(7, "Ann").await;
    /// assert_eq!(names.get_with(7, async |_| Ok("Bob")).await.unwrap(), "Ann");
    /// # });
    /// ```
    pub async fn insert(&self, arguments: A, value: V) {
        let _counted = self.try_insert(arguments, value).await;
    }

    /// Removes the answer to `arguments`. A load in progress answers its own callers only: a caller
    /// that comes later gets a new answer.
    ///
    /// With a storage that waits, an offer under way is waited for first, at most for
    /// `storage_timeout`. If the storage fails, it may still have the entry, and answer with it;
    /// the failure is counted in [`storage_errors`](crate::Stats::storage_errors), and an
    /// [observer](crate::Builder::observer) is told. [`try_invalidate`](Self::try_invalidate)
    /// returns the error as well.
    ///
    /// It does nothing before its first poll. Dropped after that, it goes on as a task of the
    /// runtime, if it was polled in the context of one.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert(7, "Ann").await;
    /// names.invalidate(&7).await;
    /// assert_eq!(names.get_with(7, async |_| Ok("Bob")).await.unwrap(), "Bob");
    /// # });
    /// ```
    pub async fn invalidate(&self, arguments: &A) {
        let _counted = self.try_invalidate(arguments).await;
    }

    /// Removes all answers, as [`invalidate`](Self::invalidate) removes one. Dropped, it goes on in
    /// the same way.
    ///
    /// A storage that cannot remove everything keeps its entries. This cache then treats all of
    /// them as absent, whatever their times, except those that it writes from now on. Of these it
    /// knows at least the last 32,768 keys that it has written or read, and at most twice as many;
    /// it loads other keys anew, inserted ones too. That ends with a clear that the storage can do.
    /// Other caches of the same storage still find its entries, and so does this program once it
    /// has been restarted.
    ///
    /// The failure of a storage that can remove everything is counted and reported, and the storage
    /// may still have entries and answer with them. [`try_clear`](Self::try_clear) returns the
    /// error as well.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert(7, "Ann").await;
    /// names.clear().await;
    /// assert_eq!(names.len(), 0);
    /// # });
    /// ```
    pub async fn clear(&self) {
        let _counted = self.try_clear().await;
    }

    /// Stores the answer to `arguments` as [`insert`](Self::insert) does, and returns the error of
    /// a storage that fails; it is counted and reported all the same. Dropped, it goes on in the
    /// same way.
    ///
    /// # Errors
    ///
    /// Returns the storage's error, or [`StorageFailure`](crate::StorageFailure) if it took too
    /// long or panicked; the value is then not stored, or, after a timeout, may be stored later. An
    /// insertion that a newer change of the key replaces before its turn ends as that change does.
    /// Memory does not fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.try_insert(7, "Ann").await?;
    /// # Ok::<(), evermemo_core::StorageError>(())
    /// # }).unwrap();
    /// ```
    pub async fn try_insert(&self, arguments: A, value: V) -> Result<(), StorageError> {
        let (front, mut value) = (&self.inner().front, Some(value));
        front.insert_at_once(&arguments, &mut value, Cached::PLAIN);
        let Some(value) = value else { return Ok(()) };
        let (configuration, key) = front.keyed(Asked::Whole(&arguments));
        let value = Cached::new(front.hidden(value));
        drop(arguments);
        front.engine().insert(configuration, key, value).await
    }

    /// Removes the answer to `arguments` as [`invalidate`](Self::invalidate) does, and returns the
    /// error of a storage that fails; it is counted and reported all the same. Dropped, it goes on
    /// in the same way.
    ///
    /// # Errors
    ///
    /// Returns the storage's error, or [`StorageFailure`](crate::StorageFailure) if it took too
    /// long or panicked; the entry may then still be there. An invalidation that a newer change of
    /// the key replaces before its turn ends as that change does. Memory does not fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.try_invalidate(&7).await?;
    /// # Ok::<(), evermemo_core::StorageError>(())
    /// # }).unwrap();
    /// ```
    pub async fn try_invalidate(&self, arguments: &A) -> Result<(), StorageError> {
        let front = &self.inner().front;
        let (configuration, key) = front.keyed(Asked::Whole(arguments));
        front.engine().invalidate(configuration, key).await
    }

    /// Removes all answers as [`clear`](Self::clear) does, and returns the error of a storage that
    /// fails; it is counted and reported all the same. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// Returns the storage's error, or [`StorageFailure`](crate::StorageFailure) if it took too
    /// long or panicked; entries may then still be there. Memory does not fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.try_clear().await?;
    /// # Ok::<(), evermemo_core::StorageError>(())
    /// # }).unwrap();
    /// ```
    pub async fn try_clear(&self) -> Result<(), StorageError> {
        self.inner().front.engine().clear().await
    }
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Stores the answer to `arguments`; see [`Cache::insert`]. Dropped, it goes on in the same
    /// way.
    pub async fn insert(&self, arguments: A, value: V) {
        self.cache().insert(arguments, value).await;
    }

    /// Removes the answer to `arguments`; see [`Cache::invalidate`]. Dropped, it goes on in the
    /// same way.
    pub async fn invalidate(&self, arguments: &A) {
        self.cache().invalidate(arguments).await;
    }

    /// Removes all answers; see [`Cache::clear`]. Dropped, it goes on in the same way.
    pub async fn clear(&self) {
        self.cache().clear().await;
    }

    /// Stores the answer to `arguments`, and returns the error of a storage that fails; see
    /// [`Cache::try_insert`]. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_insert`].
    pub async fn try_insert(&self, arguments: A, value: V) -> Result<(), StorageError> {
        self.cache().try_insert(arguments, value).await
    }

    /// Removes the answer to `arguments`, and returns the error of a storage that fails; see
    /// [`Cache::try_invalidate`]. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_invalidate`].
    pub async fn try_invalidate(&self, arguments: &A) -> Result<(), StorageError> {
        self.cache().try_invalidate(arguments).await
    }

    /// Removes all answers, and returns the error of a storage that fails; see
    /// [`Cache::try_clear`]. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_clear`].
    pub async fn try_clear(&self) -> Result<(), StorageError> {
        self.cache().try_clear().await
    }
}
