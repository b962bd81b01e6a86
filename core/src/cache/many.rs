//! Several changes of stored entries at once.

use core::borrow::Borrow;

use super::{handle::Cache, memo::Memo};
use crate::{
    cached::Cached,
    error::StorageError,
    key::Asked,
    runtime::{AnyEngine, Front, OneOfMany, Runtime},
};

use alloc::vec::Vec;

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Stores the answers to many arguments, each as [`insert`](Self::insert) does. Of two answers
    /// to the same arguments the later one stays.
    ///
    /// The first poll draws all of them. In memory they are stored by then; a storage that waits is
    /// given 64 at a time. Dropped after that poll, it goes on as [`insert`](Self::insert) does. A
    /// panic of the iterator unwinds in the caller; what it has yielded before may be stored or
    /// not.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert_many([(7, "Ann"), (8, "Bob")]).await;
    /// assert_eq!(names.len(), 2);
    /// # });
    /// ```
    pub async fn insert_many(&self, answers: impl IntoIterator<Item = (A, V)>) {
        let _counted = self.try_insert_many(answers).await;
    }

    /// Stores many answers as [`insert_many`](Self::insert_many) does, and returns the first error
    /// of a storage that fails; the others are stored all the same, and each failure is counted and
    /// reported. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`try_insert`](Self::try_insert).
    pub async fn try_insert_many(
        &self,
        answers: impl IntoIterator<Item = (A, V)>,
    ) -> Result<(), StorageError> {
        let (front, mut left) = (&self.inner().front, Vec::new());
        for (arguments, value) in answers {
            let mut value = Some(value);
            // What comes after one that has to wait comes after it.
            if left.is_empty() {
                front.insert_at_once(&arguments, &mut value, Cached::PLAIN);
            }
            if let Some(value) = value {
                let (configuration, key) = front.keyed(Asked::Whole(&arguments));
                let value = Some(Cached::new(front.hidden(value)));
                left.push(OneOfMany { configuration, key, value });
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        front.engine().change_many(left).await
    }

    /// Removes the answers to many arguments, each as [`invalidate`](Self::invalidate) does. They
    /// are passed by value or by reference.
    ///
    /// The first poll draws all of them; a storage that waits is asked to remove 64 at a time.
    /// Dropped after that poll, it goes on as [`invalidate`](Self::invalidate) does. A panic of the
    /// iterator unwinds in the caller, and nothing has been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let names: Cache<u32, &str, Infallible, _> = Builder::on(runtime).build();
    /// names.insert_many([(7, "Ann"), (8, "Bob"), (9, "Eve")]).await;
    /// names.invalidate_many([7, 9]).await;
    /// assert_eq!(names.len(), 1);
    /// # });
    /// ```
    pub async fn invalidate_many(&self, many: impl IntoIterator<Item: Borrow<A>>) {
        let _counted = self.try_invalidate_many(many).await;
    }

    /// Removes many answers as [`invalidate_many`](Self::invalidate_many) does, and returns the
    /// first error of a storage that fails; the others are removed all the same, and each failure
    /// is counted and reported. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`try_invalidate`](Self::try_invalidate).
    pub async fn try_invalidate_many(
        &self,
        many: impl IntoIterator<Item: Borrow<A>>,
    ) -> Result<(), StorageError> {
        let front = &self.inner().front;
        let mut changes = Vec::new();
        for arguments in many {
            let (configuration, key) = front.keyed(Asked::Whole(arguments.borrow()));
            changes.push(OneOfMany { configuration, key, value: None });
        }
        front.engine().change_many(changes).await
    }
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Stores many answers; see [`Cache::insert_many`]. Dropped, it goes on in the same way.
    pub async fn insert_many(&self, answers: impl IntoIterator<Item = (A, V)>) {
        self.cache().insert_many(answers).await;
    }

    /// Stores many answers, and returns the first error of a storage that fails; see
    /// [`Cache::try_insert_many`]. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_insert`].
    pub async fn try_insert_many(
        &self,
        answers: impl IntoIterator<Item = (A, V)>,
    ) -> Result<(), StorageError> {
        self.cache().try_insert_many(answers).await
    }

    /// Removes many answers; see [`Cache::invalidate_many`]. Dropped, it goes on in the same way.
    pub async fn invalidate_many(&self, many: impl IntoIterator<Item: Borrow<A>>) {
        self.cache().invalidate_many(many).await;
    }

    /// Removes many answers, and returns the first error of a storage that fails; see
    /// [`Cache::try_invalidate_many`]. Dropped, it goes on in the same way.
    ///
    /// # Errors
    ///
    /// As [`Cache::try_invalidate`].
    pub async fn try_invalidate_many(
        &self,
        many: impl IntoIterator<Item: Borrow<A>>,
    ) -> Result<(), StorageError> {
        self.cache().try_invalidate_many(many).await
    }
}
