//! An eviction strategy behind a pointer.

use super::super::same::is;
use crate::{
    entry::CacheEntry,
    eviction::{EvictionStrategy, NoEvictionStrategy},
    sync::{Arc, AtomicBool, Mutex, Ordering},
};

/// The bound of one storage: an eviction strategy of any type, exchanged for all that share this.
///
/// A call keeps its storage, and with it this, but not the strategy itself: its writes are reported
/// to the strategy that bounds the storage by then.
#[doc(hidden)]
pub struct SharedStrategy<K, V> {
    bound: Arc<BoundStrategy<K, V>>,
}

struct BoundStrategy<K, V> {
    strategy: Mutex<Strategy<K, V>>,
    /// Whether there is a strategy, so that a hit need not take the lock to find none.
    strict: AtomicBool,
}

/// `None` is [`NoEvictionStrategy`].
type Strategy<K, V> = Option<Arc<dyn EvictionStrategy<K, V> + Send + Sync>>;

impl<K: 'static, V: 'static> SharedStrategy<K, V> {
    pub(in crate::configuration) fn new(
        strategy: impl EvictionStrategy<K, V> + Send + Sync,
    ) -> Self {
        Self::bounded_by(erased(strategy))
    }

    /// Moves the strategy to another storage, and leaves this one's without a bound.
    pub(in crate::configuration) fn move_on(&self) -> Self {
        Self::bounded_by(self.replaced(None))
    }

    /// Replaces the strategy. The previous one is dropped here, outside the lock.
    pub(in crate::configuration) fn exchange(
        &self,
        strategy: impl EvictionStrategy<K, V> + Send + Sync,
    ) {
        drop(self.replaced(erased(strategy)));
    }

    fn bounded_by(strategy: Strategy<K, V>) -> Self {
        let strict = AtomicBool::new(strategy.is_some());
        Self { bound: Arc::new(BoundStrategy { strategy: Mutex::new(strategy), strict }) }
    }

    fn replaced(&self, strategy: Strategy<K, V>) -> Strategy<K, V> {
        let BoundStrategy { strategy: current, strict } = &*self.bound;
        current.with(|current| {
            strict.store(strategy.is_some(), Ordering::Relaxed);
            core::mem::replace(current, strategy)
        })
    }

    /// Takes the lock even without a strategy: a writer that has stored an entry either finds the
    /// new strategy, or the exchange sees the entry, as it scans the entries afterwards.
    fn now(&self) -> Strategy<K, V> {
        self.bound.strategy.with(|current| current.clone())
    }
}

fn erased<K, V, T>(strategy: T) -> Strategy<K, V>
where
    T: EvictionStrategy<K, V> + Send + Sync,
{
    if is::<T, NoEvictionStrategy>() { None } else { Some(Arc::new(strategy)) }
}

impl<K: 'static, V: 'static> EvictionStrategy<K, V> for SharedStrategy<K, V> {
    // `Relaxed` does: a read that overlaps with an exchange may be reported or not.
    #[inline]
    fn observes_reads(&self) -> bool {
        self.bound.strict.load(Ordering::Relaxed)
            && self.now().is_some_and(|strategy| strategy.observes_reads())
    }

    fn mark_read(&self, key: &K) {
        if let Some(strategy) = self.now() {
            strategy.mark_read(key);
        }
    }

    fn mark_written(&self, key: &K, entry: &CacheEntry<V>) {
        if let Some(strategy) = self.now() {
            strategy.mark_written(key, entry);
        }
    }

    fn mark_released(&self, key: &K) {
        if let Some(strategy) = self.now() {
            strategy.mark_released(key);
        }
    }

    fn next_to_release(&self) -> Option<K> {
        self.now()?.next_to_release()
    }

    fn bounds(&self) -> bool {
        self.now().is_some_and(|strategy| strategy.bounds())
    }
}

impl<K, V> Clone for SharedStrategy<K, V> {
    fn clone(&self) -> Self {
        Self { bound: self.bound.clone() }
    }
}
