//! Looks into a cache by one that knows the type of its stored keys.

use core::{any::TypeId, fmt, marker::PhantomData};

use super::{
    entries::{EntryKeys, Iter},
    handle::Cache,
    memo::Memo,
    snapshot::Snapshot,
};
use crate::{
    configuration::AnyConfiguration,
    runtime::{AnyEngine, Runtime, Threading},
    sync::Arc,
};

/// A cache whose stored keys are of a known type, so that they can be shown.
///
/// It shows the cache with the configuration that it had when the view was made.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, MethodName};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let rounded = Builder::on(runtime)
///     .key_extractor(|_: MethodName, number: &f64| *number as i64)
///     .wrap(|number: f64| async move { number.floor() });
/// rounded.call_args(7.2).await.unwrap();
/// let keyed = rounded.cache().keyed::<i64>().unwrap();
/// assert_eq!(keyed.keys().collect::<Vec<_>>(), [7]);
/// assert!(rounded.cache().keyed::<f64>().is_none());
/// # });
/// ```
pub struct Keyed<'a, K, V, R: Runtime> {
    engine: &'a <R::Threading as Threading>::Engine,
    configuration: Arc<<R::Threading as Threading>::Configuration>,
    of: PhantomData<fn() -> (K, V)>,
}

impl<A, V, E, R: Runtime> Cache<A, V, E, R> {
    /// Returns a view of the cache that knows the type of stored keys: `K`.
    ///
    /// `None` if keys are of another type, or if the storage is none of ours and cannot
    /// [list](crate::CacheStorage::visit) its entries, which are listed once to see that. Keys are
    /// of the type of the arguments, unless a [key extractor](crate::Builder::key_extractor) makes
    /// others.
    #[must_use]
    pub fn keyed<K: 'static>(&self) -> Option<Keyed<'_, K, V, R>> {
        let engine = self.engine();
        let configuration = engine.configuration();
        let stored = configuration.stored();
        let is_it = stored.key == TypeId::of::<K>();
        let listed = is_it && (stored.shards.is_some() || configuration.visit(&mut |_, _| {}));
        listed.then_some(Keyed { engine, configuration, of: PhantomData })
    }

    /// Shows all answers with their times, fresh or stale, in no particular order; nothing is moved
    /// or counted.
    ///
    /// An entry that is there throughout comes exactly once. No lock is held while one is looked
    /// at: the cache may be used, and changed, meanwhile. Those that come later may be shown or
    /// not. Entries are judged by their age alone: [`valid_if`](crate::Builder::valid_if) is not
    /// asked.
    ///
    /// # Panics
    ///
    /// If keys are of another type than the arguments, or if the storage cannot list its entries:
    /// where [`keyed`](Self::keyed) returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Cache};
    /// use std::convert::Infallible;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let ages: Cache<String, u32, Infallible, _> = Builder::on(runtime).build();
    /// ages.insert("Ann".into(), 42).await;
    /// ages.insert("Bob".into(), 17).await;
    /// for (name, entry) in ages.iter() {
    ///     if entry.value < 18 {
    ///         ages.invalidate(&name).await;
    ///     }
    /// }
    /// assert_eq!(ages.keys().collect::<Vec<_>>(), ["Ann"]);
    /// # });
    /// ```
    #[allow(clippy::iter_not_returning_iterator, reason = "it does")]
    pub fn iter(&self) -> Iter<'_, A, V, R>
    where
        A: Clone + 'static,
        V: Clone + 'static,
    {
        self.keyed_by_arguments().iter()
    }

    /// Shows the keys of all answers, as [`iter`](Self::iter) does.
    ///
    /// # Panics
    ///
    /// As [`iter`](Self::iter).
    pub fn keys(&self) -> EntryKeys<'_, A, V, R>
    where
        A: Clone + 'static,
        V: Clone + 'static,
    {
        self.keyed_by_arguments().keys()
    }

    /// Notes what is known of all answers and of the loads in progress, for a look at what the
    /// cache is doing.
    ///
    /// It is not of one moment: others may use the cache meanwhile.
    ///
    /// # Panics
    ///
    /// As [`iter`](Self::iter).
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::Builder;
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
    /// squares.call(12).await.unwrap();
    /// squares.call(12).await.unwrap();
    /// let snapshot = squares.cache().snapshot();
    /// let (key, info) = snapshot.entries[0];
    /// assert_eq!((key, info.hits, snapshot.weight), (12, 1, 1));
    /// assert!(snapshot.flights.is_empty());
    /// # });
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<A>
    where
        A: Eq + Clone + 'static,
        V: Clone + 'static,
    {
        self.keyed_by_arguments().snapshot()
    }

    fn keyed_by_arguments(&self) -> Keyed<'_, A, V, R>
    where
        A: 'static,
    {
        match self.keyed() {
            Some(keyed) => keyed,
            None => panic!(
                "the entries of this cache cannot be shown by keys of type `{}`: an extractor \
                 makes keys of another type (see `keyed`), or the storage cannot list them",
                core::any::type_name::<A>(),
            ),
        }
    }
}

impl<A, V, E, R: Runtime> Memo<A, V, E, R> {
    /// Shows all answers; see [`Cache::iter`].
    ///
    /// # Panics
    ///
    /// As [`Cache::iter`].
    #[allow(clippy::iter_not_returning_iterator, reason = "it does")]
    pub fn iter(&self) -> Iter<'_, A, V, R>
    where
        A: Clone + 'static,
        V: Clone + 'static,
    {
        self.cache().iter()
    }

    /// Shows the keys of all answers; see [`Cache::keys`].
    ///
    /// # Panics
    ///
    /// As [`Cache::iter`].
    pub fn keys(&self) -> EntryKeys<'_, A, V, R>
    where
        A: Clone + 'static,
        V: Clone + 'static,
    {
        self.cache().keys()
    }

    /// Notes what is known of all answers and loads; see [`Cache::snapshot`].
    ///
    /// # Panics
    ///
    /// As [`Cache::iter`].
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<A>
    where
        A: Eq + Clone + 'static,
        V: Clone + 'static,
    {
        self.cache().snapshot()
    }
}

impl<'a, K, V, R> Keyed<'a, K, V, R>
where
    K: Clone + 'static,
    V: Clone + 'static,
    R: Runtime,
{
    /// Shows all answers with their times; see [`Cache::iter`].
    #[allow(clippy::iter_not_returning_iterator, reason = "it does")]
    pub fn iter(&self) -> Iter<'a, K, V, R> {
        Iter::new(self.engine, self.configuration.clone())
    }

    /// Shows the keys of all answers; see [`Cache::keys`].
    pub fn keys(&self) -> EntryKeys<'a, K, V, R> {
        EntryKeys::new(self.engine, self.configuration.clone())
    }

    /// Notes what is known of all answers and loads; see [`Cache::snapshot`].
    #[must_use]
    pub fn snapshot(&self) -> Snapshot<K>
    where
        K: Eq,
    {
        Snapshot::of::<V, R>(self.engine, self.configuration.clone())
    }
}

impl<K, V, R: Runtime> fmt::Debug for Keyed<'_, K, V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed").field("stats", &self.engine.stats()).finish_non_exhaustive()
    }
}
