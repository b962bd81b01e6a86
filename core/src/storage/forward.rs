//! A shared storage, which is the storage behind the pointer.

use core::any::Any;

use super::{
    BoundedStorage, Bounds, CacheStorage, CountStorage, Departures, FastLook, Found, Glance, Sweep,
    Usage,
};
use crate::{
    entry::CacheEntry,
    key::Lookup,
    sync::Arc,
    time::{CoarseClock, Instant},
};

impl<K, V, S: CacheStorage<K, V>> CacheStorage<K, V> for Arc<S> {
    type Error = S::Error;
    type Get = S::Get;
    type Done = S::Done;

    fn get(&self, key: &K, now: Instant) -> Self::Get {
        (**self).get(key, now)
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done {
        (**self).offer(key, entry, now)
    }

    fn release(&self, key: &K) -> Self::Done {
        (**self).release(key)
    }

    fn get_by<Q: Lookup<K> + ?Sized>(&self, key: &Q, now: Instant) -> Self::Get {
        (**self).get_by(key, now)
    }

    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
    ) -> Option<Found<V, Self::Error>> {
        (**self).get_now(key, now)
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        (**self).offer_if(key, entry, now, current)
    }

    fn clear(&self) -> Option<Self::Done> {
        (**self).clear()
    }

    fn bounded_outside(&self, bounded: bool) {
        (**self).bounded_outside(bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        (**self).visit(each)
    }

    fn sweep(&self, now: Instant) -> Option<usize> {
        (**self).sweep(now)
    }

    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
        (**self).sweep_some(sweep, now)
    }

    fn read_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
        quietly: Option<&mut Usage>,
    ) -> Option<Found<V, Self::Error>> {
        (**self).read_now(key, now, quietly)
    }

    const IMMEDIATE: bool = S::IMMEDIATE;

    const GLANCES: bool = S::GLANCES;

    fn is_untouched(&self, hash: Option<u64>, writes: usize) -> bool {
        (**self).is_untouched(hash, writes)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn hash_of<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> Option<u64> {
        (**self).hash_of(key)
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        key: &Q,
        hash: Option<u64>,
        glance: &Glance<'_, R>,
    ) -> FastLook<V> {
        (**self).look(key, hash, glance)
    }

    fn offer_owned(
        &self,
        key: &K,
        hash: Option<u64>,
        times: &CacheEntry<()>,
        value: &mut Option<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        (**self).offer_owned(key, hash, times, value, now, current)
    }

    fn start_tally(&self) -> bool {
        (**self).start_tally()
    }

    fn tally(&self) -> usize {
        (**self).tally()
    }

    fn departures(&self) -> Departures {
        (**self).departures()
    }

    fn as_counted(&self) -> Option<&dyn CountStorage> {
        (**self).as_counted()
    }

    fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
        (**self).as_bounded()
    }

    fn shards(&self) -> Option<&dyn Any> {
        (**self).shards()
    }

    fn bounds(&self, capacity: Option<usize>) -> Bounds {
        (**self).bounds(capacity)
    }
}

impl<S: CountStorage> CountStorage for Arc<S> {
    fn len(&self) -> usize {
        (**self).len()
    }
}

impl<S: BoundedStorage> BoundedStorage for Arc<S> {
    fn capacity(&self) -> usize {
        (**self).capacity()
    }

    fn set_capacity(&self, capacity: usize) {
        (**self).set_capacity(capacity);
    }
}
