//! The author's functions on the events, weights and entries of a function's cache, with the types
//! of that cache.
//!
//! Each is hidden behind a pointer, so that a missing bound is reported once, and not again by all
//! that is made with its type.

use alloc::{boxed::Box, sync::Arc};
use core::{fmt, marker::PhantomData};

use crate::{CacheEntry, CacheEntryBuilder, Event, Instant, Observer};

/// The types of a cache.
pub type Of<A, V, E> = PhantomData<fn() -> (A, V, E)>;

/// Returns an observer of a cache.
pub fn observer<A, V, E, O: Observer<A, V, E>>(
    _: Of<A, V, E>,
    observer: O,
) -> Arc<dyn Observer<A, V, E>> {
    Arc::new(observer)
}

/// Returns a closure that observes a cache.
pub fn observing<A, V, E, O>(_: Of<A, V, E>, observer: O) -> Arc<dyn Observer<A, V, E>>
where
    O: Fn(&Event<'_, A, V, E>) + Send + Sync + 'static,
{
    Arc::new(observer)
}

/// Returns the weigher of a cache.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn weigher<A, V, E, W: Fn(&A, &V) -> u32 + Send + Sync + 'static>(
    _: Of<A, V, E>,
    weigher: W,
) -> Box<dyn Fn(&A, &V) -> u32 + Send + Sync> {
    Box::new(weigher)
}

/// Returns what says which errors something old stands in for.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn outage<A, V, E, W>(_: Of<A, V, E>, outage: W) -> Box<dyn Fn(&E) -> bool + Send + Sync>
where
    W: Fn(&E) -> bool + Send + Sync + 'static,
{
    Box::new(outage)
}

/// Returns what says which values of a cache may answer.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn valid<A, V, E, W>(
    _: Of<A, V, E>,
    valid: W,
) -> Box<dyn Fn(&A, &CacheEntry<V>) -> bool + Send + Sync>
where
    W: Fn(&V) -> bool + Send + Sync + 'static,
{
    Box::new(move |_, entry| valid(&entry.value))
}

/// What makes the entries of a cache.
pub struct EntryBuilder<T: ?Sized>(Box<T>);

impl<A, V, T> CacheEntryBuilder<A, V> for EntryBuilder<T>
where
    T: CacheEntryBuilder<A, V> + ?Sized,
{
    fn build(&self, key: &A, value: V, now: Instant) -> CacheEntry<V> {
        self.0.build(key, value, now)
    }

    fn keeps(&self, key: &A, value: &V) -> bool {
        self.0.keeps(key, value)
    }
}

impl<T: ?Sized> fmt::Debug for EntryBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntryBuilder")
    }
}

/// Returns what makes the entries of a cache.
pub fn entry_builder<A, V, E, B: CacheEntryBuilder<A, V> + Send + Sync>(
    _: Of<A, V, E>,
    builder: B,
) -> EntryBuilder<dyn CacheEntryBuilder<A, V> + Send + Sync> {
    EntryBuilder(Box::new(builder))
}

/// Returns a closure that makes the entries of a cache.
pub fn building<A, V, E, B>(
    _: Of<A, V, E>,
    builder: B,
) -> EntryBuilder<dyn CacheEntryBuilder<A, V> + Send + Sync>
where
    B: Fn(&A, V, Instant) -> CacheEntry<V> + Send + Sync + 'static,
{
    EntryBuilder(Box::new(builder))
}

/// Returns what makes the entries of a cache on a single-threaded runtime.
pub fn local_entry_builder<A, V, E, B: CacheEntryBuilder<A, V>>(
    _: Of<A, V, E>,
    builder: B,
) -> EntryBuilder<dyn CacheEntryBuilder<A, V>> {
    EntryBuilder(Box::new(builder))
}

/// Returns a closure that makes the entries of a cache on a single-threaded runtime.
pub fn local_building<A, V, E, B>(
    _: Of<A, V, E>,
    builder: B,
) -> EntryBuilder<dyn CacheEntryBuilder<A, V>>
where
    B: Fn(&A, V, Instant) -> CacheEntry<V> + 'static,
{
    EntryBuilder(Box::new(builder))
}

/// An entry builder of the author's, with the predicate of `cache_if` before it.
pub struct KeepBuilt<V, B> {
    keep: fn(&V) -> bool,
    builder: B,
}

impl<V, B> KeepBuilt<V, B> {
    /// Keeps values that `keep` accepts and `builder` does not refuse.
    #[must_use]
    pub const fn new(keep: fn(&V) -> bool, builder: B) -> Self {
        Self { keep, builder }
    }
}

impl<K, V: 'static, B: CacheEntryBuilder<K, V>> CacheEntryBuilder<K, V> for KeepBuilt<V, B> {
    fn build(&self, key: &K, value: V, now: Instant) -> CacheEntry<V> {
        let kept = (self.keep)(&value);
        let entry = self.builder.build(key, value, now);
        if kept { entry } else { entry.expires_after(now) }
    }

    fn keeps(&self, key: &K, value: &V) -> bool {
        (self.keep)(value) && self.builder.keeps(key, value)
    }
}

impl<V, B> fmt::Debug for KeepBuilt<V, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeepBuilt")
    }
}
