//! What a function's cache asks and tells, with the types of that cache.
//!
//! The types that are returned say no more than that they fit: so what does not is told once.

use core::{fmt, marker::PhantomData};

use crate::{CacheEntry, CacheEntryBuilder, Event, Instant, Observer};

/// The types of a cache.
pub type Of<A, V, E> = PhantomData<fn() -> (A, V, E)>;

/// Returns what observes a cache.
pub const fn observer<A, V, E, O: Observer<A, V, E>>(
    _: Of<A, V, E>,
    observer: O,
) -> impl Observer<A, V, E> {
    observer
}

/// Returns a closure that observes a cache.
pub const fn observing<A, V, E, O>(_: Of<A, V, E>, observer: O) -> impl Observer<A, V, E>
where
    O: Fn(&Event<'_, A, V, E>) + Send + Sync + 'static,
{
    observer
}

/// Returns what weighs the entries of a cache.
pub const fn weigher<A, V, E, W>(
    _: Of<A, V, E>,
    weigher: W,
) -> impl Fn(&A, &V) -> u32 + Send + Sync + 'static
where
    W: Fn(&A, &V) -> u32 + Send + Sync + 'static,
{
    weigher
}

/// Returns what makes the entries of a cache.
pub const fn entry_builder<A, V, E, B: CacheEntryBuilder<A, V>>(
    _: Of<A, V, E>,
    builder: B,
) -> impl CacheEntryBuilder<A, V> {
    builder
}

/// Returns a closure that makes the entries of a cache.
pub const fn building<A, V, E, B>(_: Of<A, V, E>, builder: B) -> impl CacheEntryBuilder<A, V>
where
    B: Fn(&A, V, Instant) -> CacheEntry<V> + 'static,
{
    builder
}

/// An entry builder of the author's, over which `cache_if` says what is kept.
pub struct KeepBuilt<V, B> {
    keep: fn(&V) -> bool,
    builder: B,
}

impl<V, B> KeepBuilt<V, B> {
    /// Keeps what `keep` accepts and `builder` does not refuse.
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

/// Returns what says which errors something old stands in for.
pub const fn outage<A, V, E, W>(
    _: Of<A, V, E>,
    outage: W,
) -> impl Fn(&E) -> bool + Send + Sync + 'static
where
    W: Fn(&E) -> bool + Send + Sync + 'static,
{
    outage
}
