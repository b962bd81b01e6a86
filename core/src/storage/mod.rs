//! Where entries are kept.

mod change;
mod departures;
#[cfg(feature = "serde")]
mod encoded;
mod found;
mod look;
mod memory;

#[cfg(feature = "serde")]
pub use self::encoded::{ByteStore, EncodedCacheStorage, EncodedStorageError};
pub(crate) use self::found::mapped;
#[doc(hidden)]
pub use self::{
    change::{Bounds, Change},
    departures::Departures,
    look::{Glance, Look},
    memory::{Sweep, Table},
};
pub use self::{
    found::Found,
    memory::{LocalInMemoryCacheStorage, Policy},
};

use core::{error, future::Future};

use crate::{
    entry::CacheEntry,
    key::Lookup,
    sync::Arc,
    time::{CoarseClock, Instant},
};

/// Keeps entries by key.
///
/// The futures are named types, so that generic code can ask whether they are `Send`, and own all
/// that they need. A storage that never waits answers through [`get_now`](Self::get_now), whose hit
/// has no future to poll. A byte store over a network is written more easily as a `ByteStore`
/// (feature `serde`).
///
/// A storage never fails a call: an error of [`get`](Self::get) counts as a miss, one of
/// [`offer`](Self::offer) is counted, and both are bounded by the cache's `storage_timeout`, at
/// which the future is dropped.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, CacheEntry, CacheStorage, Found, Instant, Lookup};
/// use std::{collections::HashMap, convert::Infallible, future::{Ready, ready}};
/// use std::sync::{Arc, Mutex};
///
/// /// Entries in a map that the program looks into, too.
/// #[derive(Clone, Default)]
/// struct Map(Arc<Mutex<HashMap<u64, CacheEntry<u64>>>>);
///
/// impl CacheStorage<u64, u64> for Map {
///     type Error = Infallible;
///     type Get = Ready<Found<u64, Infallible>>;
///     type Done = Ready<Result<(), Infallible>>;
///
///     fn get(&self, key: &u64, _now: Instant) -> Self::Get {
///         ready(Ok(self.0.lock().unwrap().get(key).cloned()))
///     }
///     fn get_now<Q: Lookup<u64> + ?Sized>(
///         &self,
///         key: &Q,
///         now: Instant,
///     ) -> Option<Found<u64, Infallible>> {
///         Some(self.get(&key.to_key(), now).into_inner())
///     }
///     fn offer(&self, key: &u64, entry: &CacheEntry<u64>, _now: Instant) -> Self::Done {
///         self.0.lock().unwrap().insert(*key, entry.clone());
///         ready(Ok(()))
///     }
///     fn release(&self, key: &u64) -> Self::Done {
///         self.0.lock().unwrap().remove(key);
///         ready(Ok(()))
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let map = Map::default();
/// let squares = Builder::on(runtime).storage(map.clone()).wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.call(12).await?, 144);
/// assert_eq!(map.0.lock().unwrap()[&12].value, 144);
/// assert_eq!((squares.call(12).await?, squares.stats().hits), (144, 1));
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no storage of keys `{K}` and values `{V}`: implement \
               `CacheStorage<{K}, {V}>` for it"
)]
pub trait CacheStorage<K, V>: 'static {
    /// Why an operation failed.
    type Error: error::Error + Send + Sync + 'static;
    /// The future of [`get`](Self::get).
    type Get: Future<Output = Found<V, Self::Error>> + 'static;
    /// The future of the operations that change something.
    type Done: Future<Output = Result<(), Self::Error>> + 'static;

    /// Reads the entry of `key`, whatever its age.
    fn get(&self, key: &K, now: Instant) -> Self::Get;

    /// Writes the entry of `key`, replacing one that is there. May decline without an error, and then
    /// leaves nothing of the key behind: what it would have replaced is out of date.
    ///
    /// What is dead when it would be written is not offered; what it replaces is
    /// [released](Self::release).
    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done;

    /// Removes the entry of `key`; it is no error if there is none.
    fn release(&self, key: &K) -> Self::Done;

    /// Reads by a borrowed form of the key.
    fn get_by<Q: Lookup<K> + ?Sized>(&self, key: &Q, now: Instant) -> Self::Get {
        self.get(&key.to_key(), now)
    }

    /// Reads at once, or says with `None` that it would have to wait.
    ///
    /// A storage must answer the same way every time: it waits, or it does not.
    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        _key: &Q,
        _now: Instant,
    ) -> Option<Found<V, Self::Error>> {
        None
    }

    /// Writes the entry if `current` says that it has not been superseded, in one step as far as
    /// the storage can; `None` if it has been, and nothing is written.
    ///
    /// `current` reads atomics only, and asks a registry of the user's whether an update is
    /// [current](crate::UpdateStatuses::is_current), if there is one; it may be called under the
    /// storage's own lock.
    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        current().then(|| self.offer(key, entry, now))
    }

    /// Removes all entries, if the storage can; `None` if it cannot, and the cache ignores what it does
    /// not write itself from then on.
    fn clear(&self) -> Option<Self::Done> {
        None
    }

    /// Tells the storage whether an eviction strategy bounds it from outside, so that one with a
    /// capacity of its own stops, or starts again, to keep it.
    fn bounded_outside(&self, _bounded: bool) {}

    /// Calls `each` with every entry, if the storage can list them, and returns whether it can.
    ///
    /// An eviction strategy that is exchanged while running learns so what there is to bound. The
    /// order is that of writing where the storage knows it; `each` is called outside its locks.
    fn visit(&self, _each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        false
    }

    /// Removes the entries that are dead at `now`, and returns how many entries are left; `None` if
    /// the storage cannot.
    ///
    /// An entry is dead from its [`retain_until`](CacheEntry::retain_until) on, and one that is
    /// retained until [`Instant::NEVER`] never is: nothing can be answered with what is dead. An
    /// entry that is replaced meanwhile by one that lives stays. It is called now and then, and must
    /// not wait; a storage whose entries leave by themselves as they die need not do anything.
    fn sweep(&self, _now: Instant) -> Option<usize> {
        None
    }

    /// Returns the storage as one that knows how many entries it holds, if it does.
    ///
    /// [`Cache::len`](crate::Cache::len) asks for it, and lists the entries of a storage that does
    /// not count them.
    fn as_counted(&self) -> Option<&dyn CountStorage> {
        None
    }

    /// Returns the storage as one with a capacity of its own, if it has one.
    ///
    /// [`Cache::capacity`](crate::Cache::capacity) and
    /// [`Cache::set_capacity`](crate::Cache::set_capacity) ask for it.
    fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
        None
    }

    // What follows is between the engine and the storage in memory, which share a hash, a clock
    // and a counter.

    /// Goes on with a [sweep](Self::sweep) for as long as nobody should have to wait at once, so that
    /// the caller can give way in between, and returns how many entries there are.
    #[doc(hidden)]
    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
        sweep.end();
        self.sweep(now)
    }

    /// Returns the hash that [`look`](Self::look) and [`offer_owned`](Self::offer_owned) take.
    #[doc(hidden)]
    #[inline]
    fn hash_of<Q: Lookup<K> + ?Sized>(&self, _key: &Q) -> Option<u64> {
        None
    }

    /// Whether [`look`](Self::look) can ever tell anything.
    #[doc(hidden)]
    const GLANCES: bool = false;

    /// Tells at a glance whether there is a fresh entry, if it can.
    #[doc(hidden)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        _key: &Q,
        _hash: Option<u64>,
        _glance: &Glance<'_, R>,
    ) -> Look<V> {
        Look::Unclear
    }

    /// Returns whether the part of the storage in which a look found nothing has not been written
    /// since.
    #[doc(hidden)]
    fn is_untouched(&self, _hash: Option<u64>, _writes: usize) -> bool {
        false
    }

    /// Whether nothing ever waits or fails: an offer is done when it returns.
    #[doc(hidden)]
    const IMMEDIATE: bool = false;

    /// Writes as [`offer_if`](Self::offer_if) does, and takes the value from where it is.
    #[doc(hidden)]
    fn offer_owned(
        &self,
        key: &K,
        _hash: Option<u64>,
        times: &CacheEntry<()>,
        value: &mut Option<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        self.offer_if(key, &times.with(value.take()?), now, current)
    }

    /// Returns whether the caller's hits are counted by the storage from now on: the first one's
    /// who asks.
    #[doc(hidden)]
    fn claim_tally(&self) -> bool {
        false
    }

    /// Returns how many hits the storage has counted.
    #[doc(hidden)]
    fn tally(&self) -> usize {
        0
    }

    /// Returns how many entries have left by themselves, for as long as the storage exists.
    #[doc(hidden)]
    fn departures(&self) -> Departures {
        Departures::default()
    }

    /// Returns the entries in memory, if they are this storage's alone: then a cache looks into
    /// them by itself.
    #[doc(hidden)]
    fn memory(&self) -> Option<Arc<Table<K, V>>> {
        None
    }

    /// Tells how much is stored, after a change of the capacity if one is given.
    #[doc(hidden)]
    fn bounds(&self, capacity: Option<usize>) -> Bounds {
        if let (Some(bounded), Some(capacity)) = (self.as_bounded(), capacity) {
            bounded.set_capacity(capacity);
        }
        let listed = || {
            let mut count = 0;
            self.visit(&mut |_, _| count += 1).then_some(count)
        };
        Bounds {
            len: self.as_counted().map(CountStorage::len).or_else(listed),
            capacity: self.as_bounded().map(BoundedStorage::capacity),
            ..Bounds::default()
        }
    }
}

/// A storage that knows how many entries it holds.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, CacheEntry, CacheStorage, CountStorage};
/// # use evermemo_core::{Found, Instant};
/// # use std::{convert::Infallible, future::{Ready, ready}};
/// use std::{collections::HashMap, sync::Mutex};
///
/// #[derive(Default)]
/// struct Map {
///     entries: Mutex<HashMap<u64, CacheEntry<u64>>>,
/// }
///
/// impl CountStorage for Map {
///     fn len(&self) -> usize {
///         self.entries.lock().unwrap().len()
///     }
/// }
///
/// impl CacheStorage<u64, u64> for Map {
///     fn as_counted(&self) -> Option<&dyn CountStorage> {
///         Some(self)
///     }
///     // And `get`, `offer` and `release`, as in the documentation of `CacheStorage`.
/// #     type Error = Infallible;
/// #     type Get = Ready<Found<u64, Infallible>>;
/// #     type Done = Ready<Result<(), Infallible>>;
/// #     fn get(&self, key: &u64, _now: Instant) -> Self::Get {
/// #         ready(Ok(self.entries.lock().unwrap().get(key).cloned()))
/// #     }
/// #     fn offer(&self, key: &u64, entry: &CacheEntry<u64>, _now: Instant) -> Self::Done {
/// #         self.entries.lock().unwrap().insert(*key, entry.clone());
/// #         ready(Ok(()))
/// #     }
/// #     fn release(&self, key: &u64) -> Self::Done {
/// #         self.entries.lock().unwrap().remove(key);
/// #         ready(Ok(()))
/// #     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).storage(Map::default()).wrap(|n: u64| async move { n * n });
/// squares.call(12).await?;
/// assert_eq!(squares.len(), 1);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not count its entries: implement `CountStorage` for it"
)]
pub trait CountStorage {
    /// Returns the number of entries, expired ones included.
    fn len(&self) -> usize;

    /// Returns whether there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A storage that bounds itself, by a capacity that can be changed while it is in use.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BoundedStorage, Builder, CacheEntry, CacheStorage};
/// # use evermemo_core::{Found, Instant};
/// # use std::{convert::Infallible, future::{Ready, ready}};
/// use std::sync::{Mutex, atomic::{AtomicUsize, Ordering::SeqCst}};
/// use std::collections::BTreeMap;
///
/// /// Keeps the entries of the greatest keys.
/// struct Greatest {
///     entries: Mutex<BTreeMap<u64, CacheEntry<u64>>>,
///     capacity: AtomicUsize,
/// }
///
/// impl BoundedStorage for Greatest {
///     fn capacity(&self) -> usize {
///         self.capacity.load(SeqCst)
///     }
///     fn set_capacity(&self, capacity: usize) {
///         let mut entries = self.entries.lock().unwrap();
///         self.capacity.store(capacity, SeqCst);
///         while entries.len() > capacity {
///             entries.pop_first();
///         }
///     }
/// }
///
/// impl CacheStorage<u64, u64> for Greatest {
///     fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
///         Some(self)
///     }
///     // And `get`, `offer` and `release`, as in the documentation of `CacheStorage`.
/// #     type Error = Infallible;
/// #     type Get = Ready<Found<u64, Infallible>>;
/// #     type Done = Ready<Result<(), Infallible>>;
/// #     fn get(&self, key: &u64, _now: Instant) -> Self::Get {
/// #         ready(Ok(self.entries.lock().unwrap().get(key).cloned()))
/// #     }
/// #     fn offer(&self, key: &u64, entry: &CacheEntry<u64>, _now: Instant) -> Self::Done {
/// #         let mut entries = self.entries.lock().unwrap();
/// #         entries.insert(*key, entry.clone());
/// #         while entries.len() > self.capacity() {
/// #             entries.pop_first();
/// #         }
/// #         ready(Ok(()))
/// #     }
/// #     fn visit(&self, each: &mut dyn FnMut(&u64, &CacheEntry<u64>)) -> bool {
/// #         let entries = self.entries.lock().unwrap().clone();
/// #         entries.iter().for_each(|(key, entry)| each(key, entry));
/// #         true
/// #     }
/// #     fn release(&self, key: &u64) -> Self::Done {
/// #         self.entries.lock().unwrap().remove(key);
/// #         ready(Ok(()))
/// #     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let storage = Greatest { entries: Mutex::default(), capacity: AtomicUsize::new(100) };
/// let squares = Builder::on(runtime).storage(storage).wrap(|n: u64| async move { n * n });
/// for n in [12, 7] {
///     squares.call(n).await?;
/// }
/// assert!(squares.cache().set_capacity(1));
/// assert_eq!((squares.len(), squares.cache().capacity()), (1, 1));
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no capacity that can be set: implement `BoundedStorage` for it"
)]
pub trait BoundedStorage {
    /// Returns how much is kept at most: a number of entries, or whatever the storage measures.
    fn capacity(&self) -> usize;

    /// Sets how much is kept at most. What is too much has left when this returns; 0 keeps nothing,
    /// [`usize::MAX`] is without a bound.
    fn set_capacity(&self, capacity: usize);
}

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
    ) -> Look<V> {
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

    fn claim_tally(&self) -> bool {
        (**self).claim_tally()
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
