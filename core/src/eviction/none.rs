//! No eviction from outside.

use super::EvictionStrategy;
use crate::entry::CacheEntry;

/// Leaves the bound to the storage, which may have none.
///
/// # Examples
///
/// ```
/// use evermemo_core::{
///     Builder, DefaultInMemoryCacheConfiguration, LeastRecentlyUpdatedEvictionStrategy,
///     MutableCacheConfiguration, NoEvictionStrategy,
/// };
///
/// # evermemo_core::testing::run(async |runtime| {
/// let configuration = MutableCacheConfiguration::initialized_with(
///     DefaultInMemoryCacheConfiguration::default(),
/// );
/// configuration.set_eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(0));
/// let squares = Builder::on(runtime.clone())
///     .configuration(configuration.clone())
///     .wrap(|n: u64| async move { n * n });
/// squares.call(12).await.unwrap();
/// runtime.settle().await;
/// assert_eq!(squares.len(), 0);
///
/// configuration.set_eviction_strategy(NoEvictionStrategy);
/// squares.call(12).await.unwrap();
/// runtime.settle().await;
/// assert_eq!(squares.len(), 1);
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvictionStrategy;

impl<K, V> EvictionStrategy<K, V> for NoEvictionStrategy {
    #[inline]
    fn observes_reads(&self) -> bool {
        false
    }

    fn mark_read(&self, _key: &K) {}

    fn mark_written(&self, _key: &K, _entry: &CacheEntry<V>) {}

    fn mark_released(&self, _key: &K) {}

    fn next_to_release(&self) -> Option<K> {
        None
    }

    #[inline]
    fn bounds(&self) -> bool {
        false
    }
}
