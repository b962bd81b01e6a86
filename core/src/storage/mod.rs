//! The storage of entries.

mod change;
mod departures;
#[cfg(feature = "serde")]
mod encoded;
mod forward;
mod found;
mod look;
mod measured;
mod memory;

#[cfg(feature = "serde")]
pub use self::encoded::{
    Bare, ByteStore, Compression, EncodedCacheStorage, EncodedStorageError, Enveloped, Wrapping,
};
pub(crate) use self::found::mapped;
#[doc(hidden)]
pub use self::{
    change::{Bounds, Change},
    departures::Departures,
    look::{FastLook, Glance},
    memory::{Sweep, Table, Tour, TourStop, Usage},
};
pub use self::{
    found::Found,
    measured::{BoundedStorage, CountStorage},
    memory::{LocalInMemoryCacheStorage, Policy},
};

use core::{any::Any, error, future::Future};

use crate::{
    entry::CacheEntry,
    key::Lookup,
    sync::Arc,
    time::{CoarseClock, Instant},
};

/// Keeps entries by key.
///
/// The futures are named types, so that generic code can have bounds on them, such as `Send`; they
/// own all that they need. A storage that never waits answers through [`get_now`](Self::get_now),
/// whose hit has no future to poll. A store of bytes over a network is easier to write as a
/// `ByteStore` (feature `serde`).
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
    /// The error of an operation.
    type Error: error::Error + Send + Sync + 'static;
    /// The future of [`get`](Self::get).
    type Get: Future<Output = Found<V, Self::Error>> + 'static;
    /// The future of the operations that change something.
    type Done: Future<Output = Result<(), Self::Error>> + 'static;

    /// Reads the entry of `key`, whatever its age.
    fn get(&self, key: &K, now: Instant) -> Self::Get;

    /// Writes the entry of `key`, replacing one that is there. It may decline without an error, and
    /// then leaves no entry of the key behind, as the previous one is out of date.
    ///
    /// An entry that would be dead when it is written is not offered; the previous entry is
    /// [released](Self::release) instead.
    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done;

    /// Removes the entry of `key`; it is no error if there is none.
    fn release(&self, key: &K) -> Self::Done;

    /// Reads by a borrowed form of the key.
    fn get_by<Q: Lookup<K> + ?Sized>(&self, key: &Q, now: Instant) -> Self::Get {
        self.get(&key.to_key(), now)
    }

    /// Reads at once, or returns `None` if it would have to wait.
    ///
    /// A storage must answer the same way every time: it waits, or it does not.
    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        _key: &Q,
        _now: Instant,
    ) -> Option<Found<V, Self::Error>> {
        None
    }

    /// Writes the entry if `current` returns that it has not been superseded, in one step as far as
    /// the storage can; `None` if it has been, and nothing is written.
    ///
    /// `current` only reads atomics, and asks a registry of the user's whether an update is
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

    /// Removes all entries, if the storage can; `None` if it cannot, and from then on the cache
    /// ignores entries that it does not write itself.
    fn clear(&self) -> Option<Self::Done> {
        None
    }

    /// Tells the storage whether an eviction strategy bounds it from outside, so that a storage
    /// with a capacity of its own stops keeping it, or starts again.
    fn bounded_outside(&self, _bounded: bool) {}

    /// Calls `each` with every entry, if the storage can list them, and returns whether it can.
    ///
    /// This tells an eviction strategy that is exchanged while calls run which entries there are.
    /// The order is that of writing where the storage knows it; `each` is called outside its locks.
    fn visit(&self, _each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        false
    }

    /// Removes the entries that are dead at `now`, and returns how many entries are left; `None` if
    /// the storage cannot.
    ///
    /// An entry is dead from its [`retain_until`](CacheEntry::retain_until) on, and then never an
    /// answer again; one that is retained until [`Instant::NEVER`] never dies. A living entry that
    /// replaces a dead one meanwhile stays. It is called now and then, and must not wait; a storage
    /// whose entries leave by themselves as they die need not do anything.
    fn sweep(&self, _now: Instant) -> Option<usize> {
        None
    }

    /// Returns the storage as one that knows how many entries it holds, if it does.
    ///
    /// [`Cache::len`](crate::Cache::len) uses it, and lists the entries of a storage that does not
    /// count them.
    fn as_counted(&self) -> Option<&dyn CountStorage> {
        None
    }

    /// Returns the storage as one with a capacity of its own, if it has one.
    ///
    /// [`Cache::capacity`](crate::Cache::capacity) and
    /// [`Cache::set_capacity`](crate::Cache::set_capacity) use it.
    fn as_bounded(&self) -> Option<&dyn BoundedStorage> {
        None
    }

    // The methods below are between the engine and the storage in memory, which share a hash, a
    // clock and a counter.

    /// Goes on with a [sweep](Self::sweep) for as long as others may have to wait for it, so that
    /// the caller can give way in between, and returns how many entries there are.
    #[doc(hidden)]
    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
        sweep.end();
        self.sweep(now)
    }

    /// Reads at once, as [`get_now`](Self::get_now) does. A quiet read moves and counts nothing, as
    /// far as the storage can, and notes how the entry is used.
    #[doc(hidden)]
    fn read_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
        _quietly: Option<&mut Usage>,
    ) -> Option<Found<V, Self::Error>> {
        self.get_now(key, now)
    }

    /// Returns the hash that [`look`](Self::look) and [`offer_owned`](Self::offer_owned) take.
    #[doc(hidden)]
    #[inline]
    fn hash_of<Q: Lookup<K> + ?Sized>(&self, _key: &Q) -> Option<u64> {
        None
    }

    /// Whether [`look`](Self::look) ever finds anything.
    #[doc(hidden)]
    const GLANCES: bool = false;

    /// Looks for a fresh entry at a glance, if it can.
    #[doc(hidden)]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        _key: &Q,
        _hash: Option<u64>,
        _glance: &Glance<'_, R>,
    ) -> FastLook<V> {
        FastLook::Unclear
    }

    /// Returns whether the part of the storage in which a look found nothing has not been written
    /// since.
    #[doc(hidden)]
    fn is_untouched(&self, _hash: Option<u64>, _writes: usize) -> bool {
        false
    }

    /// Whether no operation ever waits or fails: an offer is done when it returns.
    #[doc(hidden)]
    const IMMEDIATE: bool = false;

    /// Writes as [`offer_if`](Self::offer_if) does, and takes the value from its place.
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

    /// Returns whether the storage counts the caller's hits from now on: it does for the first
    /// caller.
    #[doc(hidden)]
    fn start_tally(&self) -> bool {
        false
    }

    /// Returns how many hits the storage has counted.
    #[doc(hidden)]
    fn tally(&self) -> usize {
        0
    }

    /// Returns how many entries have left by themselves, since the storage was made.
    #[doc(hidden)]
    fn departures(&self) -> Departures {
        Departures::default()
    }

    /// Returns the entries in memory, if they are this storage's alone: a cache then looks into
    /// them by itself.
    #[doc(hidden)]
    fn memory(&self) -> Option<Arc<Table<K, V>>> {
        None
    }

    /// Returns the shards of entries in memory, for a [tour](Tour) of all.
    #[doc(hidden)]
    fn shards(&self) -> Option<&dyn Any> {
        None
    }

    /// Sets the capacity if one is given, and returns how much is stored.
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
