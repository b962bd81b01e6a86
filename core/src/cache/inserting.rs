//! Insertions of values that bring their own times.

use super::{handle::Cache, memo::Memo};
use crate::{
    cached::Cached,
    error::StorageError,
    key::Asked,
    runtime::{AnyEngine, Front, Runtime},
};

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Stores the answer to `arguments` as [`insert`](Self::insert) does, with the times that the
    /// value brings; what it leaves open the entry builder decides.
    ///
    /// A value that is [not to be stored](Cached::do_not_store), or whose life is zero, removes
    /// what is stored and is not kept: no caller waits for it. Dropped, it goes on as
    /// [`insert`](Self::insert) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache, Cached};
    /// use std::{convert::Infallible, time::Duration};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// # let time = runtime.clone();
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert_with(7, Cached::new("Ann").expire_after(Duration::from_secs(5))).await;
    /// assert_eq!(names.get_with(7, async |_| Ok("Bob")).await.unwrap(), "Ann");
    /// # time.advance(Duration::from_secs(6)).await;
    /// // Six seconds later:
    /// assert_eq!(names.get_with(7, async |_| Ok("Bob")).await.unwrap(), "Bob");
    /// # });
    /// ```
    pub async fn insert_with(&self, arguments: A, value: Cached<V>) {
        let _counted = self.try_insert_with(arguments, value).await;
    }

    /// Stores the answer to `arguments` as [`insert_with`](Self::insert_with) does, and returns the
    /// error of a storage that fails; it is counted and reported all the same. Dropped, it goes on
    /// in the same way.
    ///
    /// # Errors
    ///
    /// As [`try_insert`](Self::try_insert).
    pub async fn try_insert_with(
        &self,
        arguments: A,
        value: Cached<V>,
    ) -> Result<(), StorageError> {
        let front = &self.inner().front;
        let (value, own) = value.inserted().split();
        let mut value = Some(value);
        front.insert_at_once(&arguments, &mut value, &own);
        let Some(value) = value else { return Ok(()) };
        let (configuration, key) = front.keyed(Asked::Whole(&arguments));
        let value = own.map(|()| front.hidden(value));
        drop(arguments);
        front.engine().insert(configuration, key, value).await
    }
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Stores the answer to `arguments` with the times that the value brings; see
    /// [`Cache::insert_with`]. Dropped, it goes on in the same way.
    pub async fn insert_with(&self, arguments: A, value: Cached<V>) {
        self.cache().insert_with(arguments, value).await;
    }

    /// Stores the answer to `arguments` with the times that the value brings, and returns the error
    /// of a storage that fails; see [`Cache::try_insert_with`]. Dropped, it goes on in the same
    /// way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_insert`].
    pub async fn try_insert_with(
        &self,
        arguments: A,
        value: Cached<V>,
    ) -> Result<(), StorageError> {
        self.cache().try_insert_with(arguments, value).await
    }
}
