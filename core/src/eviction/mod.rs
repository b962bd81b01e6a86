//! Eviction that is decided outside the storage.

mod least_recently_updated;
mod none;

pub use self::{
    least_recently_updated::LeastRecentlyUpdatedEvictionStrategy, none::NoEvictionStrategy,
};

use crate::{entry::CacheEntry, sync::Arc};

/// Bounds a storage from outside it.
///
/// The cache reports reads, writes and releases to the strategy, and asks it for victims. All
/// methods are called outside the cache's locks, from any thread, and should be quick. Capacity is
/// kept but for the releases under way; the in-memory storage bounds itself exactly and needs no
/// strategy.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, CacheEntry, EvictionStrategy};
/// use std::{collections::VecDeque, sync::Mutex};
///
/// /// Keeps two entries, those whose keys came last.
/// #[derive(Default)]
/// struct LastTwo(Mutex<VecDeque<u64>>);
///
/// impl<V> EvictionStrategy<u64, V> for LastTwo {
///     fn mark_read(&self, _key: &u64) {}
///     fn mark_written(&self, key: &u64, _entry: &CacheEntry<V>) {
///         let mut keys = self.0.lock().unwrap();
///         if !keys.contains(key) {
///             keys.push_back(*key);
///         }
///     }
///     fn mark_released(&self, key: &u64) {
///         self.0.lock().unwrap().retain(|kept| kept != key);
///     }
///     fn next_to_release(&self) -> Option<u64> {
///         let keys = self.0.lock().unwrap();
///         if keys.len() > 2 { keys.front().copied() } else { None }
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime.clone())
///     .eviction_strategy(LastTwo::default())
///     .wrap(|n: u64| async move { n * n });
/// for n in [1, 2, 3] {
///     squares.call(n).await.unwrap();
/// }
/// runtime.settle().await;
/// assert!(squares.cache().entry(&1).is_none());
/// assert_eq!(squares.len(), 2);
/// # });
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no eviction strategy of keys `{K}` and values `{V}`: implement \
               `EvictionStrategy<{K}, {V}>` for it"
)]
pub trait EvictionStrategy<K, V>: 'static {
    /// Returns whether the strategy uses [`mark_read`](Self::mark_read). If not, it is not called,
    /// and a hit by reference makes no owned key.
    fn observes_reads(&self) -> bool {
        true
    }

    /// Notes that the entry of `key` was read, expired or not.
    fn mark_read(&self, key: &K);

    /// Notes that an entry of `key` was written.
    fn mark_written(&self, key: &K, entry: &CacheEntry<V>);

    /// Notes that the entry of `key` has left the storage.
    fn mark_released(&self, key: &K);

    /// Returns the key that should leave next, `None` if none should.
    ///
    /// Called after a write, and again after each release. Returning a key changes nothing: the
    /// strategy forgets the key in [`mark_released`](Self::mark_released), once it is gone. A key
    /// that is being loaded or written stays, and the strategy is asked again when that has ended.
    fn next_to_release(&self) -> Option<K>;

    /// Returns whether the strategy ever returns a victim. If not, storages that bound themselves
    /// go on doing so.
    #[doc(hidden)]
    fn bounds(&self) -> bool {
        true
    }
}

impl<K, V, S: EvictionStrategy<K, V> + ?Sized> EvictionStrategy<K, V> for Arc<S> {
    fn observes_reads(&self) -> bool {
        (**self).observes_reads()
    }

    fn mark_read(&self, key: &K) {
        (**self).mark_read(key);
    }

    fn mark_written(&self, key: &K, entry: &CacheEntry<V>) {
        (**self).mark_written(key, entry);
    }

    fn mark_released(&self, key: &K) {
        (**self).mark_released(key);
    }

    fn next_to_release(&self) -> Option<K> {
        (**self).next_to_release()
    }

    fn bounds(&self) -> bool {
        (**self).bounds()
    }
}
