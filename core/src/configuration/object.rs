//! A configuration whose type is hidden.

use core::{hash::Hash, marker::PhantomData, time::Duration};

use super::{CacheConfiguration, same::is};
use crate::{
    entry::CacheEntry,
    error::{StorageError, hidden},
    eviction::{EvictionStrategy, NoEvictionStrategy},
    key::{ArgumentsKeyExtractor, Asked, By, KeyExtractor, Lookup, MethodName, Seek, Sought},
    postprocessing::{NoPostprocessing, Postprocessing},
    storage::{Bounds, CacheStorage, Change, Departures, Found, Glance, Look, Table},
    sync::Arc,
    time::{CoarseClock, Instant},
};

use alloc::vec::Vec;

/// What the engine asks of a configuration, and of its components, of any type; `K` and `V` are what
/// the engine calls keys and values, `G` is the future of a look-up, `D` that of a change.
///
/// The components meet behind this one object, by their own types.
#[doc(hidden)]
pub trait AnyConfiguration<K, V, G, D> {
    fn is_current(&self) -> bool;
    fn method_timeout(&self) -> Option<Duration>;
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V>;
    fn apply(&self, value: V) -> V;

    // The storage.

    /// Whether nothing ever waits or fails.
    fn is_immediate(&self) -> bool;
    fn get(&self, key: &K, now: Instant) -> G;
    fn get_now(&self, key: &K, now: Instant) -> Option<Found<V, StorageError>>;
    fn offer(
        &self,
        key: &K,
        hash: Option<u64>,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Change<D>>;
    fn release(&self, key: &K) -> Change<D>;
    fn clear(&self) -> Option<Change<D>>;
    /// Names what is stored, for a strategy that has to hear of a clear.
    fn keys(&self) -> Vec<K>;
    fn sweep(&self, now: Instant) -> Option<usize>;
    fn hash_of(&self, key: &K) -> Option<u64>;
    fn is_untouched(&self, hash: Option<u64>, writes: usize) -> bool;
    fn claim_tally(&self) -> bool;
    fn tally(&self) -> usize;
    fn departures(&self) -> Departures;
    fn measure(&self, capacity: Option<usize>) -> Bounds;

    // The eviction strategy.

    /// Whether there is one that ever names a victim.
    fn bounds(&self) -> bool;
    fn mark_read(&self, key: &K);
    fn mark_written(&self, key: &K, entry: &CacheEntry<V>);
    fn mark_released(&self, key: &K);
    fn next_to_release(&self) -> Option<K>;
}

/// What a first look asks of a configuration of any type.
#[doc(hidden)]
pub trait TypedConfiguration<A, K, V> {
    fn configured(&self) -> bool;
    fn key(&self, method: MethodName, arguments: &A) -> K;
    fn postprocessed(&self, value: V) -> V;

    /// Looks at a glance if there is a configuration, and tells a strategy that wants to hear of it of
    /// a fresh entry. The hash comes with it if the storage has one to share.
    fn look(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
    ) -> Option<Sought<K, (Look<V>, Option<u64>)>>;

    /// Reads what a storage has that need not wait.
    fn read(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        now: Instant,
    ) -> Sought<K, Option<Found<V, StorageError>>>;

    /// Tells a strategy that wants to hear of it that an entry was read.
    fn note_read(&self, method: MethodName, asked: Asked<'_, A>, key: Option<&K>);

    /// Returns the entries in memory, if a look into them is all that a hit needs.
    fn hot(&self) -> Option<Arc<Table<K, V>>>;
}

/// A configuration that can be hidden: one that stays as it is.
#[doc(hidden)]
pub trait Behind: 'static {
    type Arguments: 'static;
    type Value: Clone + 'static;
    type Configuration: CacheConfiguration<Self::Arguments, Self::Value>;

    fn behind(&self) -> &Self::Configuration;

    /// Returns whether its storage is still the one of the moment.
    fn is_the_current_one(&self) -> bool;
}

impl<A, K, V, W> TypedConfiguration<A, K, V> for W
where
    A: 'static,
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    W: Behind<Arguments = A, Value = V, Configuration: CacheConfiguration<A, V, Key = K>>,
{
    fn configured(&self) -> bool {
        self.behind().configured()
    }

    fn key(&self, method: MethodName, arguments: &A) -> K {
        self.behind().key_extractor().key(method, arguments)
    }

    fn postprocessed(&self, value: V) -> V {
        self.behind().postprocessing().apply(value)
    }

    fn look(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
    ) -> Option<Sought<K, (Look<V>, Option<u64>)>> {
        if !self.behind().configured() {
            return None;
        }
        let eyes = AtAGlance { storage: self.behind().storage(), glance, value: PhantomData };
        let extractor = self.behind().key_extractor();
        let sought = match asked {
            Asked::Whole(arguments) => extractor.find_now(method, arguments, eyes),
            Asked::By(query) => extractor.find_now_by(method, &By(query), eyes),
        };
        if let Look::Fresh { .. } = sought.found.0 {
            self.note_read(method, asked, sought.key.as_ref());
        }
        Some(sought)
    }

    fn read(
        &self,
        method: MethodName,
        asked: Asked<'_, A>,
        now: Instant,
    ) -> Sought<K, Option<Found<V, StorageError>>> {
        let eyes = Closely { storage: self.behind().storage(), now, value: PhantomData };
        let extractor = self.behind().key_extractor();
        match asked {
            Asked::Whole(arguments) => extractor.find_now(method, arguments, eyes),
            Asked::By(query) => extractor.find_now_by(method, &By(query), eyes),
        }
    }

    fn note_read(&self, method: MethodName, asked: Asked<'_, A>, key: Option<&K>) {
        let strategy = self.behind().eviction_strategy();
        if strategy.observes_reads() {
            match key {
                Some(key) => strategy.mark_read(key),
                None => strategy.mark_read(&key_of(self.behind(), method, asked)),
            }
        }
    }

    fn hot(&self) -> Option<Arc<Table<K, V>>> {
        let alone = is::<
            <W::Configuration as CacheConfiguration<A, V>>::KeyExtractor,
            ArgumentsKeyExtractor,
        >() && is::<
            <W::Configuration as CacheConfiguration<A, V>>::Postprocessing,
            NoPostprocessing,
        >() && is::<
            <W::Configuration as CacheConfiguration<A, V>>::EvictionStrategy,
            NoEvictionStrategy,
        >();
        if alone { self.behind().storage().memory() } else { None }
    }
}

/// The key of what a call asks by, made anew.
fn key_of<A, V, C: CacheConfiguration<A, V> + ?Sized>(
    configuration: &C,
    method: MethodName,
    asked: Asked<'_, A>,
) -> C::Key {
    match asked {
        Asked::Whole(arguments) => configuration.key_extractor().key(method, arguments),
        Asked::By(query) => configuration.key_extractor().key(method, &query.make()),
    }
}

/// Looks into the storage at a glance; yields the key's hash too, if the storage has one to share.
struct AtAGlance<'a, S, V> {
    storage: &'a S,
    glance: &'a Glance<'a, dyn CoarseClock + 'a>,
    value: PhantomData<fn() -> V>,
}

impl<K, V, S: CacheStorage<K, V>> Seek<K> for AtAGlance<'_, S, V> {
    type Found = (Look<V>, Option<u64>);

    fn seek<Q: Lookup<K> + ?Sized>(self, key: &Q) -> Self::Found {
        let hash = self.storage.hash_of(key);
        (self.storage.look(key, hash, self.glance), hash)
    }
}

/// Reads what a storage has that need not wait.
struct Closely<'a, S, V> {
    storage: &'a S,
    now: Instant,
    value: PhantomData<fn() -> V>,
}

impl<K, V, S: CacheStorage<K, V>> Seek<K> for Closely<'_, S, V> {
    type Found = Option<Found<V, StorageError>>;

    fn seek<Q: Lookup<K> + ?Sized>(self, key: &Q) -> Self::Found {
        Some(self.storage.get_now(key, self.now)?.map_err(hidden))
    }
}
