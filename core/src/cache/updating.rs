//! Updates of stored values.

use core::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll},
};

use super::{handle::Cache, memo::Memo};
use crate::{
    error::StorageError,
    future::Consultation,
    key::Asked,
    runtime::{AnyEngine, Front, Runtime, ValueOf},
    sync::Arc,
};

impl<A, V: 'static, E, R: Runtime> Cache<A, V, E, R> {
    /// Replaces the answer to `arguments` by what `update` makes of it, and nothing comes in
    /// between: of two updates at the same time each has the other's value before it, or after it.
    ///
    /// `update` is called with the stored value, fresh or stale, or with `None`. What it returns is
    /// stored as [`insert`](Self::insert) stores it; for `None` the answer is removed. It runs
    /// outside all locks, in the caller's polls, and again if the key has changed before the new
    /// value is stored, or a load of it has begun. If it panics, all is left as it was.
    ///
    /// A load in progress is not waited for. It answers its own callers, and is not stored, once
    /// the new value is. If there is no answer and none is made, it goes on.
    ///
    /// A storage that waits is read, and written, within `storage_timeout` each, in the turn of the
    /// key. If it cannot be read, nothing is changed. A failure is counted in
    /// [`storage_errors`](crate::Stats::storage_errors), and an
    /// [observer](crate::Builder::observer) is told; [`try_update`](Self::try_update) returns it as
    /// well.
    ///
    /// It does nothing before its first poll. Dropped before `update` has returned, it changes
    /// nothing; after that it goes on as [`insert`](Self::insert) does.
    ///
    /// # Panics
    ///
    /// If `update` or the entry builder does.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let visits: Cache<&str, u32, Infallible, _> = Builder::on(runtime).build();
    /// for _ in 0..3 {
    ///     visits.update("/about", |visits| Some(visits.copied().unwrap_or(0) + 1)).await;
    /// }
    /// assert_eq!(visits.entry(&"/about").unwrap().value, 3);
    /// visits.update("/about", |_| None).await;
    /// assert_eq!(visits.len(), 0);
    /// # });
    /// ```
    pub async fn update<F>(&self, arguments: A, update: F)
    where
        F: FnMut(Option<&V>) -> Option<V>,
    {
        let _counted = self.try_update(arguments, update).await;
    }

    /// Replaces the answer to `arguments` as [`update`](Self::update) does, and returns the error
    /// of a storage that fails; it is counted and reported all the same. Dropped, as there.
    ///
    /// # Errors
    ///
    /// Returns the storage's error, or [`StorageFailure`](crate::StorageFailure) if it took too
    /// long or panicked. If it could not be read, nothing is changed; if it could not be written,
    /// the new value is lost, and nothing older is an answer. Memory does not fail.
    ///
    /// # Panics
    ///
    /// As [`update`](Self::update).
    pub async fn try_update<F>(&self, arguments: A, mut update: F) -> Result<(), StorageError>
    where
        F: FnMut(Option<&V>) -> Option<V>,
    {
        let front = &self.inner().front;
        let (configuration, key) = front.keyed(Asked::Whole(&arguments));
        drop(arguments);
        let mut compute = |present: Option<&ValueOf<R::Threading>>| {
            update(present.map(|present| present.get::<V>())).map(|new| front.hidden(new))
        };
        if let Some(updated) = front.engine().update_at_once(&configuration, &key, &mut compute) {
            return updated;
        }
        let consultation = Arc::new(Consultation::new());
        let mut updating = front.engine().update(configuration, key, consultation.clone());
        poll_fn(|cx| answering(&consultation, &mut updating, &mut compute, cx)).await
    }
}

/// Polls an operation, and answers its questions.
fn answering<V, F: Future + Unpin>(
    consultation: &Consultation<V>,
    operation: &mut F,
    compute: &mut dyn FnMut(Option<&V>) -> Option<V>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    loop {
        let polled = Pin::new(&mut *operation).poll(cx);
        if polled.is_ready() || !consultation.answer(compute) {
            return polled;
        }
    }
}

impl<A, V: 'static, E, R: Runtime> Memo<A, V, E, R> {
    /// Replaces the answer to `arguments` by what `update` makes of it; see [`Cache::update`].
    /// Dropped, as there.
    ///
    /// # Panics
    ///
    /// As [`Cache::update`].
    pub async fn update<F>(&self, arguments: A, update: F)
    where
        F: FnMut(Option<&V>) -> Option<V>,
    {
        self.cache().update(arguments, update).await;
    }

    /// Replaces the answer to `arguments`, and returns the error of a storage that fails; see
    /// [`Cache::try_update`]. Dropped, as [`Cache::update`].
    ///
    /// # Errors
    ///
    /// As [`Cache::try_update`].
    ///
    /// # Panics
    ///
    /// As [`Cache::update`].
    pub async fn try_update<F>(&self, arguments: A, update: F) -> Result<(), StorageError>
    where
        F: FnMut(Option<&V>) -> Option<V>,
    {
        self.cache().try_update(arguments, update).await
    }
}
