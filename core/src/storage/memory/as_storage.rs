//! What a cache asks of its storage.

use core::{
    convert::Infallible,
    future::{Ready, ready},
    hash::{BuildHasher, Hash},
};

use super::LocalInMemoryCacheStorage;
use crate::{
    entry::CacheEntry,
    key::{Lookup, Whole},
    storage::{BoundedStorage, CacheStorage, CoarseClock, CountStorage, Found, Glance, Look},
    sync::{Ordering, ReadersLock},
    time::Instant,
};

impl<K, V, H> CacheStorage<K, V> for LocalInMemoryCacheStorage<K, V, H>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    H: BuildHasher + 'static,
{
    type Error = Infallible;
    type Get = Ready<Found<V, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &K, _now: Instant) -> Self::Get {
        ready(Ok(self.find(self.hash(&Whole(key)), &Whole(key))))
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, _now: Instant) -> Self::Done {
        self.put(key, self.hash(&Whole(key)), entry, &|| true);
        ready(Ok(()))
    }

    fn release(&self, key: &K) -> Self::Done {
        self.remove(key);
        ready(Ok(()))
    }

    fn get_by<Q: Lookup<K> + ?Sized>(&self, key: &Q, _now: Instant) -> Self::Get {
        ready(Ok(self.find(self.hash(key), key)))
    }

    #[inline]
    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        _now: Instant,
    ) -> Option<Found<V, Infallible>> {
        Some(Ok(self.find(self.hash(key), key)))
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        self.offer_hashed(key, None, entry, now, current)
    }

    fn clear(&self) -> Option<Self::Done> {
        self.remove_all();
        Some(ready(Ok(())))
    }

    fn bounded_outside(&self, bounded: bool) {
        self.suspend(bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        self.copied().iter().for_each(|(key, entry)| each(key, entry));
        true
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn hash_of<Q: Lookup<K> + ?Sized>(&self, key: &Q) -> Option<u64> {
        Some(self.hash(key))
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        key: &Q,
        hash: Option<u64>,
        glance: &Glance<'_, R>,
    ) -> Look<V> {
        self.glance(hash.unwrap_or_else(|| self.hash(key)), key, glance)
    }

    fn offer_hashed(
        &self,
        key: &K,
        hash: Option<u64>,
        entry: &CacheEntry<V>,
        _now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        let hash = hash.unwrap_or_else(|| self.hash(&Whole(key)));
        self.put(key, hash, entry, current).then(|| ready(Ok(())))
    }

    const IMMEDIATE: bool = true;

    #[inline]
    fn is_untouched(&self, hash: Option<u64>, writes: usize) -> bool {
        hash.is_some_and(|hash| self.shards[self.index(hash)].writes() == writes)
    }

    fn claim_tally(&self) -> bool {
        !self.claimed.swap(true, Ordering::Relaxed)
    }

    fn tally(&self) -> usize {
        self.shards.iter().map(ReadersLock::tally).fold(0, usize::wrapping_add)
    }
}

impl<K, V, H> CountStorage for LocalInMemoryCacheStorage<K, V, H> {
    fn len(&self) -> usize {
        self.len()
    }
}

impl<K, V, H> BoundedStorage for LocalInMemoryCacheStorage<K, V, H> {
    fn capacity(&self) -> usize {
        self.capacity()
    }

    fn set_capacity(&self, capacity: usize) {
        self.set_capacity(capacity);
    }
}
