//! A storage behind a pointer.

use core::{
    any::Any,
    error,
    future::Future,
    hash::{Hash, Hasher},
};

use crate::{
    entry::CacheEntry,
    error::SharedStorageError,
    key::{AnyLookup, By, Lookup, Whole},
    runtime::BoxFuture,
    storage::{Bounds, CacheStorage, Departures, FastLook, Found, Glance, Sweep, Usage},
    sync::{Arc, AtomicBool, AtomicUsize, Ordering},
    time::{CoarseClock, Instant},
};

use alloc::boxed::Box;

/// A storage of any type behind a pointer.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, LocalInMemoryCacheStorage, Memo, Runtime, SharedStorage, Source};
/// use std::convert::Infallible;
///
/// /// Leaves the storage to its callers, and asks for no type of it.
/// fn squares<R: Runtime>(
///     runtime: R,
///     storage: SharedStorage<u64, u64>,
/// ) -> Memo<u64, u64, Infallible, R> {
///     Builder::on(runtime).storage(storage).wrap(|n: u64| async move { n * n })
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let storage = SharedStorage::new(LocalInMemoryCacheStorage::new(100));
/// assert_eq!(squares(runtime.clone(), storage.clone()).call(12).await?, 144);
/// // Another cache on the same storage finds the entry.
/// assert_eq!(squares(runtime, storage).outcome(12).await?.source, Source::Hit);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
pub struct SharedStorage<K, V> {
    storage: Arc<dyn ErasedStorage<K, V> + Send + Sync>,
    line: Arc<Succession>,
    /// Its number in the succession.
    number: usize,
}

/// The state that storages share which have replaced each other.
struct Succession {
    /// Whether one of them was asked for a clear that it could not do. The cache then hides entries
    /// that it has not written since, which takes a closer look.
    uncleared: AtomicBool,
    /// The number of the current one.
    current: AtomicUsize,
}

impl<K, V> SharedStorage<K, V> {
    /// Hides the type of `storage`.
    pub fn new<S>(storage: S) -> Self
    where
        K: Hash + Eq + Clone + 'static,
        V: 'static,
        S: CacheStorage<K, V, Get: Send, Done: Send> + Send + Sync,
    {
        let line = Succession { uncleared: AtomicBool::new(false), current: AtomicUsize::new(0) };
        Self { storage: Arc::new(storage), line: Arc::new(line), number: 0 }
    }

    /// Succeeds another storage.
    pub(in crate::configuration) fn instead_of(self, before: &Self) -> Self {
        let (line, number) = (before.line.clone(), before.number.wrapping_add(1));
        line.current.store(number, Ordering::Release);
        Self { storage: self.storage, line, number }
    }

    /// Returns how many storages came before it.
    pub(in crate::configuration) const fn number(&self) -> usize {
        self.number
    }

    /// Returns whether no storage has replaced it.
    pub(in crate::configuration) fn is_current(&self) -> bool {
        self.line.current.load(Ordering::Acquire) == self.number
    }
}

type SharedGet<V> = BoxFuture<'static, Found<V, SharedStorageError>>;
type Done = BoxFuture<'static, Result<(), SharedStorageError>>;

trait ErasedStorage<K, V> {
    fn get(&self, key: &K, now: Instant) -> SharedGet<V>;
    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done;
    fn read_now(
        &self,
        key: &dyn AnyLookup<K>,
        now: Instant,
        quietly: Option<&mut Usage>,
    ) -> Option<Found<V, SharedStorageError>>;
    fn release(&self, key: &K) -> Done;
    fn look(&self, key: &K, glance: &Glance<'_, dyn CoarseClock + '_>) -> FastLook<V>;
    fn look_by(
        &self,
        key: &dyn AnyLookup<K>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
    ) -> FastLook<V>;
    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Done>;
    fn clear(&self) -> Option<Done>;
    fn bounded_outside(&self, bounded: bool);
    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool;
    fn sweep(&self, now: Instant) -> Option<usize>;
    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize>;
    fn start_tally(&self) -> bool;
    fn tally(&self) -> usize;
    fn departures(&self) -> Departures;
    fn shards(&self) -> Option<&dyn Any>;
    fn bounds(&self, capacity: Option<usize>) -> Bounds;
}

impl<K, V, S> ErasedStorage<K, V> for S
where
    K: Hash + Eq + Clone + 'static,
    V: 'static,
    S: CacheStorage<K, V, Get: Send, Done: Send>,
{
    fn get(&self, key: &K, now: Instant) -> SharedGet<V> {
        let get = CacheStorage::get(self, key, now);
        Box::pin(async { get.await.map_err(SharedStorageError::new) })
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done {
        done(CacheStorage::offer(self, key, entry, now))
    }

    fn release(&self, key: &K) -> Done {
        done(CacheStorage::release(self, key))
    }

    fn read_now(
        &self,
        key: &dyn AnyLookup<K>,
        now: Instant,
        quietly: Option<&mut Usage>,
    ) -> Option<Found<V, SharedStorageError>> {
        let found = CacheStorage::read_now(self, &By(key), now, quietly)?;
        Some(found.map_err(SharedStorageError::new))
    }

    fn look(&self, key: &K, glance: &Glance<'_, dyn CoarseClock + '_>) -> FastLook<V> {
        CacheStorage::look(self, &Whole(key), None, glance)
    }

    fn look_by(
        &self,
        key: &dyn AnyLookup<K>,
        glance: &Glance<'_, dyn CoarseClock + '_>,
    ) -> FastLook<V> {
        CacheStorage::look(self, &By(key), None, glance)
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Done> {
        CacheStorage::offer_if(self, key, entry, now, current).map(done)
    }

    fn clear(&self) -> Option<Done> {
        CacheStorage::clear(self).map(done)
    }

    fn bounded_outside(&self, bounded: bool) {
        CacheStorage::bounded_outside(self, bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        CacheStorage::visit(self, each)
    }

    fn sweep(&self, now: Instant) -> Option<usize> {
        CacheStorage::sweep(self, now)
    }

    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
        CacheStorage::sweep_some(self, sweep, now)
    }

    fn start_tally(&self) -> bool {
        CacheStorage::start_tally(self)
    }

    fn tally(&self) -> usize {
        CacheStorage::tally(self)
    }

    fn departures(&self) -> Departures {
        CacheStorage::departures(self)
    }

    fn shards(&self) -> Option<&dyn Any> {
        CacheStorage::shards(self)
    }

    fn bounds(&self, capacity: Option<usize>) -> Bounds {
        CacheStorage::bounds(self, capacity)
    }
}

fn done<E, F>(done: F) -> Done
where
    E: error::Error + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
{
    Box::pin(async { done.await.map_err(SharedStorageError::new) })
}

impl<K: Clone + 'static, V: 'static> CacheStorage<K, V> for SharedStorage<K, V> {
    type Error = SharedStorageError;
    type Get = SharedGet<V>;
    type Done = Done;

    fn get(&self, key: &K, now: Instant) -> Self::Get {
        self.storage.get(key, now)
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Self::Done {
        self.storage.offer(key, entry, now)
    }

    fn release(&self, key: &K) -> Self::Done {
        self.storage.release(key)
    }

    fn get_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
    ) -> Option<Found<V, Self::Error>> {
        self.storage.read_now(&Shape(key), now, None)
    }

    fn read_now<Q: Lookup<K> + ?Sized>(
        &self,
        key: &Q,
        now: Instant,
        quietly: Option<&mut Usage>,
    ) -> Option<Found<V, Self::Error>> {
        self.storage.read_now(&Shape(key), now, quietly)
    }

    fn offer_if(
        &self,
        key: &K,
        entry: &CacheEntry<V>,
        now: Instant,
        current: &dyn Fn() -> bool,
    ) -> Option<Self::Done> {
        self.storage.offer_if(key, entry, now, current)
    }

    fn clear(&self) -> Option<Self::Done> {
        let done = self.storage.clear();
        if done.is_none() {
            // `Relaxed` does: a look that overlaps with the clear may answer from before it.
            self.line.uncleared.store(true, Ordering::Relaxed);
        }
        done
    }

    fn bounded_outside(&self, bounded: bool) {
        self.storage.bounded_outside(bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        self.storage.visit(each)
    }

    fn sweep(&self, now: Instant) -> Option<usize> {
        self.storage.sweep(now)
    }

    fn sweep_some(&self, sweep: &mut Sweep, now: Instant) -> Option<usize> {
        self.storage.sweep_some(sweep, now)
    }

    // It returns no hash, and `offer_hashed` ignores one: the storage hashes behind the pointer, so
    // a look needs one access.

    const GLANCES: bool = true;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn look<Q: Lookup<K> + ?Sized, R: CoarseClock + ?Sized>(
        &self,
        key: &Q,
        _hash: Option<u64>,
        glance: &Glance<'_, R>,
    ) -> FastLook<V> {
        if self.line.uncleared.load(Ordering::Relaxed) {
            return FastLook::Unclear;
        }
        let Glance { runtime, tallied, dated } = *glance;
        let glance = Glance { runtime: &SizedClock(runtime) as &dyn CoarseClock, tallied, dated };
        match key.whole() {
            Some(key) => self.storage.look(key, &glance),
            None => self.storage.look_by(&Shape(key), &glance),
        }
    }

    fn start_tally(&self) -> bool {
        self.storage.start_tally()
    }

    fn tally(&self) -> usize {
        self.storage.tally()
    }

    fn departures(&self) -> Departures {
        self.storage.departures()
    }

    fn shards(&self) -> Option<&dyn Any> {
        self.storage.shards()
    }

    fn bounds(&self, capacity: Option<usize>) -> Bounds {
        self.storage.bounds(capacity)
    }
}

/// A clock of known size.
struct SizedClock<'a, R: ?Sized>(&'a R);

impl<R: CoarseClock + ?Sized> CoarseClock for SizedClock<'_, R> {
    fn near(&self) -> Instant {
        self.0.near()
    }

    fn exact(&self) -> Instant {
        self.0.exact()
    }
}

impl<K, V> Clone for SharedStorage<K, V> {
    fn clone(&self) -> Self {
        Self { storage: self.storage.clone(), line: self.line.clone(), number: self.number }
    }
}

/// A borrowed form of a key, of known size.
struct Shape<'a, Q: ?Sized>(&'a Q);

impl<Q: Hash + ?Sized> Hash for Shape<'_, Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K, Q: Lookup<K> + ?Sized> Lookup<K> for Shape<'_, Q> {
    fn matches(&self, key: &K) -> bool {
        self.0.matches(key)
    }

    fn to_key(&self) -> K {
        self.0.to_key()
    }
}
