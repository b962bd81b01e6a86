//! Iteration over what is stored, in portions.

use core::{fmt, marker::PhantomData};

use crate::{
    configuration::AnyConfiguration,
    entry::CacheEntry,
    freshness::Freshness,
    hidden::AnyValue,
    runtime::{AnyClock, AnyEngine, Runtime, Threading},
    storage::{Tour, TourStop, Usage},
    sync::Arc,
    time::Instant,
};

use alloc::vec::{IntoIter, Vec};

/// All answers with their times; see [`Cache::iter`](crate::Cache::iter).
///
/// They are copied in portions of some hundred. It holds no lock.
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// let all: Vec<_> = squares.iter().map(|(n, entry)| (n, entry.value)).collect();
/// assert_eq!(all, [(12, 144)]);
/// # });
/// ```
#[must_use = "it shows nothing unless it is asked"]
pub struct Iter<'a, K, V, R: Runtime>(Showing<'a, K, V, R>);

/// The keys of all answers; see [`Cache::keys`](crate::Cache::keys).
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// assert_eq!(squares.keys().collect::<Vec<_>>(), [12]);
/// # });
/// ```
#[must_use = "it shows nothing unless it is asked"]
pub struct EntryKeys<'a, K, V, R: Runtime>(Showing<'a, K, V, R>);

/// An answer that is shown, with its value if that is wanted.
pub(super) struct ShownEntry<K, V> {
    pub(super) key: K,
    pub(super) entry: CacheEntry<Option<V>>,
    pub(super) usage: Usage,
    pub(super) now: Instant,
}

/// A walk through what is stored.
pub(super) struct Showing<'a, K, V, R: Runtime> {
    engine: &'a <R::Threading as Threading>::Engine,
    configuration: Arc<<R::Threading as Threading>::Configuration>,
    tour: Tour,
    portion: IntoIter<(K, CacheEntry<Option<V>>, Usage)>,
    /// Whether values are shown.
    valued: bool,
    over: bool,
    runtime: PhantomData<fn() -> R>,
}

impl<'a, K, V, R> Showing<'a, K, V, R>
where
    K: Clone + 'static,
    V: Clone + 'static,
    R: Runtime,
{
    pub(super) fn new(
        engine: &'a <R::Threading as Threading>::Engine,
        configuration: Arc<<R::Threading as Threading>::Configuration>,
        valued: bool,
    ) -> Self {
        Self {
            engine,
            configuration,
            tour: Tour::default(),
            portion: Vec::new().into_iter(),
            valued,
            over: false,
            runtime: PhantomData,
        }
    }

    pub(super) fn next(&mut self) -> Option<ShownEntry<K, V>> {
        loop {
            for (key, entry, usage) in &mut self.portion {
                let now = self.engine.clock().now();
                if matches!(Freshness::of(&entry, now), Freshness::Fresh | Freshness::Stale) {
                    return Some(ShownEntry { key, entry, usage, now });
                }
            }
            if self.over {
                return None;
            }
            self.portion = self.copied().into_iter();
        }
    }

    /// Copies the next portion, or everything where the storage does not show its entries in
    /// portions, or may have some that are hidden.
    fn copied(&mut self) -> Vec<(K, CacheEntry<Option<V>>, Usage)> {
        let Self { engine, configuration, tour, valued, over, .. } = self;
        let (valued, mut portion) = (*valued, Vec::new());
        let shards = configuration.stored().shards;
        if shards.is_none() || engine.hides_any() {
            let mut all = Vec::new();
            if configuration.visit(&mut |key, entry| all.push((key, entry))) || shards.is_none() {
                *over = true;
                for (key, entry) in all {
                    if engine.is_shown(configuration, &key, &entry) {
                        let entry = entry.map(|value| valued.then(|| AnyValue::into_value(value)));
                        portion.push((key.get::<K>().clone(), entry, Usage::default()));
                    }
                }
                return portion;
            }
        }
        let Some(shards) = shards else { return portion };
        let mut copy = |TourStop { key, value, times, usage }: TourStop<'_, K, V>| {
            portion.push((key.clone(), times.with(valued.then(|| value.clone())), usage));
        };
        *over = !tour.go_on::<K, V>(shards, &mut copy);
        portion
    }
}

macro_rules! iterator {
    ($name:ident, $valued:expr, $item:ty, $show:expr) => {
        impl<'a, K, V, R> $name<'a, K, V, R>
        where
            K: Clone + 'static,
            V: Clone + 'static,
            R: Runtime,
        {
            pub(super) fn new(
                engine: &'a <R::Threading as Threading>::Engine,
                configuration: Arc<<R::Threading as Threading>::Configuration>,
            ) -> Self {
                Self(Showing::new(engine, configuration, $valued))
            }
        }

        impl<K, V, R> Iterator for $name<'_, K, V, R>
        where
            K: Clone + 'static,
            V: Clone + 'static,
            R: Runtime,
        {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                loop {
                    let shown: Option<$item> = $show(self.0.next()?);
                    if shown.is_some() {
                        return shown;
                    }
                }
            }
        }

        impl<K, V, R: Runtime> fmt::Debug for $name<'_, K, V, R> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

iterator!(Iter, true, (K, CacheEntry<V>), |shown: ShownEntry<K, V>| {
    let ShownEntry { key, mut entry, .. } = shown;
    let value = entry.value.take()?;
    Some((key, entry.with(value)))
});
iterator!(EntryKeys, false, K, |shown: ShownEntry<K, V>| Some(shown.key));
