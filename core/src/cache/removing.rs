//! The future of a removal that hands out what it removes.

use core::{
    any::Any,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{
    inner::Inner,
    query::{AskedBy, Query},
};
use crate::{
    configuration::AnyConfiguration,
    entry::CacheEntry,
    error::StorageError,
    hidden::AnyValue,
    runtime::{AnyEngine, Front, Runtime, ValueOf},
    storage::{Found, Table},
    sync::Arc,
    types::FutureOf,
};

pin_project! {
    /// A removal that hands out what it removes: [`Cache::remove`](crate::Cache::remove) and
    /// [`Memo::remove`](crate::Memo::remove) return it.
    ///
    /// It does nothing before its first poll. Dropped after that, it goes on as a task of the
    /// runtime, if it was polled in the context of one.
    ///
    /// # Panics
    ///
    /// Polled after it has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await.unwrap();
    /// assert_eq!(squares.remove(&12).await?.map(|entry| entry.value), Some(144));
    /// assert_eq!(squares.len(), 0);
    /// # Ok::<(), evermemo_core::StorageError>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "a removal does nothing unless it is awaited"]
    #[project(!Unpin)]
    pub struct Remove<'a, A, V, E, R, Q>
    where
        R: Runtime,
        Q: AskedBy<A>,
    {
        cache: &'a Inner<A, V, E, R>,
        // Gone once the removal has begun.
        by: Option<Q::By>,
        removal: Option<FutureOf<R::Threading, Found<ValueOf<R::Threading>, StorageError>>>,
    }
}

impl<'a, A, V, E, R: Runtime, Q: AskedBy<A>> Remove<'a, A, V, E, R, Q> {
    pub(super) const fn new(cache: &'a Inner<A, V, E, R>, by: Q::By) -> Self {
        Self { cache, by: Some(by), removal: None }
    }
}

impl<A, V, E, R, Q> Future for Remove<'_, A, V, E, R, Q>
where
    A: 'static,
    V: Clone + 'static,
    R: Runtime,
    Q: Query<A>,
{
    type Output = Result<Option<CacheEntry<V>>, StorageError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(by) = this.by.take() {
            let front = &this.cache.front;
            let (configuration, key) = front.keyed(Q::asked(&by));
            // Memory hands out what it removes in the step that removes it.
            let shards = configuration.stored().shards;
            if let Some(table) = shards.and_then(<dyn Any>::downcast_ref::<Arc<Table<A, V>>>) {
                let mut entry = None;
                let take = &mut || entry = table.take(&key.as_lookup());
                if front.engine().remove_at_once(&configuration, &key, take) {
                    return Poll::Ready(Ok(entry));
                }
            }
            *this.removal = Some(front.engine().remove(configuration, key));
        }
        let Some(removal) = this.removal else { panic!("a removal was polled after its end") };
        let removed = ready!(Pin::new(removal).poll(cx));
        *this.removal = None;
        Poll::Ready(removed.map(|entry| entry.map(|entry| entry.map(AnyValue::into_value))))
    }
}

impl<A, V, E, R: Runtime, Q: AskedBy<A>> fmt::Debug for Remove<'_, A, V, E, R, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remove").finish_non_exhaustive()
    }
}
