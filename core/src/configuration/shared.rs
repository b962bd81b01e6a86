//! Components whose types are only known while running.

use core::{error, fmt, future::Future, hash::Hash};

use crate::{
    entry::CacheEntry,
    entry_builder::CacheEntryBuilder,
    error::StorageError,
    eviction::{EvictionStrategy, NoEvictionStrategy},
    key::{KeyExtractor, Lookup, MethodName, Whole},
    postprocessing::Postprocessing,
    runtime::BoxFuture,
    storage::{CacheStorage, Found},
    sync::{Arc, Mutex},
    time::Instant,
};

use alloc::boxed::Box;

/// A storage of any type behind a pointer.
pub struct SharedStorage<K, V> {
    storage: Arc<dyn ErasedStorage<K, V> + Send + Sync>,
}

impl<K, V> SharedStorage<K, V> {
    /// Hides the type of `storage`.
    pub fn new<S>(storage: S) -> Self
    where
        K: Hash + Eq + Clone + 'static,
        V: 'static,
        S: CacheStorage<K, V, Get: Send, Done: Send> + Send + Sync,
    {
        Self { storage: Arc::new(storage) }
    }
}

/// The error of a storage whose type is hidden.
#[derive(Clone, Debug)]
pub struct SharedStorageError(StorageError);

impl SharedStorageError {
    fn new(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for SharedStorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for SharedStorageError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

type Get<V> = BoxFuture<'static, Found<V, SharedStorageError>>;
type Done = BoxFuture<'static, Result<(), SharedStorageError>>;

trait ErasedStorage<K, V> {
    fn get(&self, key: &K, now: Instant) -> Get<V>;
    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done;
    fn release(&self, key: &K) -> Done;
    fn get_now(&self, key: &K, now: Instant) -> Option<Found<V, SharedStorageError>>;
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
}

impl<K, V, S> ErasedStorage<K, V> for S
where
    K: Hash + Eq + Clone + 'static,
    V: 'static,
    S: CacheStorage<K, V, Get: Send, Done: Send>,
{
    fn get(&self, key: &K, now: Instant) -> Get<V> {
        let get = CacheStorage::get(self, key, now);
        Box::pin(async { get.await.map_err(SharedStorageError::new) })
    }

    fn offer(&self, key: &K, entry: &CacheEntry<V>, now: Instant) -> Done {
        done(CacheStorage::offer(self, key, entry, now))
    }

    fn release(&self, key: &K) -> Done {
        done(CacheStorage::release(self, key))
    }

    fn get_now(&self, key: &K, now: Instant) -> Option<Found<V, SharedStorageError>> {
        let found = CacheStorage::get_now(self, &Whole(key), now)?;
        Some(found.map_err(SharedStorageError::new))
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
    type Get = Get<V>;
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
        self.storage.get_now(&key.to_key(), now)
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
        self.storage.clear()
    }

    fn bounded_outside(&self, bounded: bool) {
        self.storage.bounded_outside(bounded);
    }

    fn visit(&self, each: &mut dyn FnMut(&K, &CacheEntry<V>)) -> bool {
        self.storage.visit(each)
    }
}

impl<K, V> Clone for SharedStorage<K, V> {
    fn clone(&self) -> Self {
        Self { storage: self.storage.clone() }
    }
}

/// A key extractor of any type behind a pointer.
#[doc(hidden)]
pub struct SharedExtractor<A, K>(Arc<dyn Fn(MethodName, &A) -> K + Send + Sync>);

impl<A, K> SharedExtractor<A, K> {
    pub(super) fn new<X>(extractor: X) -> Self
    where
        X: KeyExtractor<A, Key = K> + Send + Sync,
    {
        Self(Arc::new(move |method, arguments: &A| extractor.key(method, arguments)))
    }
}

impl<A: 'static, K: Hash + Eq + Clone + 'static> KeyExtractor<A> for SharedExtractor<A, K> {
    type Key = K;

    fn key(&self, method: MethodName, arguments: &A) -> K {
        (self.0)(method, arguments)
    }
}

impl<A, K> Clone for SharedExtractor<A, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// An entry builder of any type behind a pointer.
#[doc(hidden)]
pub struct SharedBuilder<K, V>(Arc<dyn CacheEntryBuilder<K, V> + Send + Sync>);

impl<K: 'static, V: 'static> CacheEntryBuilder<K, V> for SharedBuilder<K, V> {
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V> {
        self.0.build(key, value, now)
    }
}

impl<K, V> SharedBuilder<K, V> {
    pub(super) fn new(component: impl CacheEntryBuilder<K, V> + Send + Sync) -> Self {
        Self(Arc::new(component))
    }
}

impl<K, V> Clone for SharedBuilder<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A postprocessing of any type behind a pointer.
#[doc(hidden)]
pub struct SharedPostprocessing<V>(Arc<dyn Postprocessing<V> + Send + Sync>);

impl<V: 'static> Postprocessing<V> for SharedPostprocessing<V> {
    fn apply(&self, value: V) -> V {
        self.0.apply(value)
    }
}

impl<V> SharedPostprocessing<V> {
    pub(super) fn new(component: impl Postprocessing<V> + Send + Sync) -> Self {
        Self(Arc::new(component))
    }
}

impl<V> Clone for SharedPostprocessing<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What bounds one storage: an eviction strategy of any type, exchanged for all who share this.
///
/// A call keeps its storage, and with it this, not the strategy itself: what it writes is told to
/// the strategy that bounds the storage by then.
#[doc(hidden)]
pub struct SharedStrategy<K, V> {
    current: Arc<Mutex<Strategy<K, V>>>,
}

type Strategy<K, V> = Arc<dyn EvictionStrategy<K, V> + Send + Sync>;

impl<K: 'static, V: 'static> SharedStrategy<K, V> {
    pub(super) fn new(strategy: impl EvictionStrategy<K, V> + Send + Sync) -> Self {
        Self { current: Arc::new(Mutex::new(Arc::new(strategy))) }
    }

    /// The same strategy for another storage; this one's is bounded by nothing from now on.
    pub(super) fn move_on(&self) -> Self {
        let strategy = self.exchange(Arc::new(NoEvictionStrategy));
        Self { current: Arc::new(Mutex::new(strategy)) }
    }

    /// Returns the strategy that was in place.
    pub(super) fn exchange(&self, strategy: Strategy<K, V>) -> Strategy<K, V> {
        self.current.with(|current| core::mem::replace(current, strategy))
    }

    fn now(&self) -> Strategy<K, V> {
        self.current.with(|current| current.clone())
    }
}

impl<K: 'static, V: 'static> EvictionStrategy<K, V> for SharedStrategy<K, V> {
    fn observes_reads(&self) -> bool {
        self.now().observes_reads()
    }

    fn mark_read(&self, key: &K) {
        self.now().mark_read(key);
    }

    fn mark_written(&self, key: &K, entry: &CacheEntry<V>) {
        self.now().mark_written(key, entry);
    }

    fn mark_released(&self, key: &K) {
        self.now().mark_released(key);
    }

    fn next_to_release(&self) -> Option<K> {
        self.now().next_to_release()
    }

    fn bounds(&self) -> bool {
        self.now().bounds()
    }
}

impl<K, V> Clone for SharedStrategy<K, V> {
    fn clone(&self) -> Self {
        Self { current: self.current.clone() }
    }
}

macro_rules! opaque {
    ($($shared:ident<$($parameter:ident),*>)*) => {
        $(impl<$($parameter),*> fmt::Debug for $shared<$($parameter),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($shared)).finish_non_exhaustive()
            }
        })*
    };
}

opaque!(SharedStorage<K, V> SharedExtractor<A, K> SharedBuilder<K, V> SharedPostprocessing<V>
    SharedStrategy<K, V>);
