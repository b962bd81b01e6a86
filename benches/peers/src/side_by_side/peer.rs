//! What a cache has to tell and to do to be compared.

use alloc::sync::Arc;
use core::{borrow::Borrow, hash::Hash};

/// A key, made of a number.
pub trait Key: Hash + Eq + Clone + Send + Sync + Borrow<Self::Borrowed> + 'static {
    /// What it is looked up by.
    type Borrowed: Hash + Eq + ToOwned<Owned = Self> + Send + Sync + ?Sized;

    /// Makes the key of a number.
    fn numbered(number: u64) -> Self;
}

impl Key for u64 {
    type Borrowed = Self;

    fn numbered(number: u64) -> Self {
        number
    }
}

impl Key for String {
    type Borrowed = str;

    fn numbered(number: u64) -> Self {
        format!("article:{number:08}")
    }
}

/// A value that tells of which key it is, so that a wrong answer is noticed.
pub trait Value: Clone + Send + Sync + 'static {
    /// Makes the value of the key with this number.
    fn of(number: u64) -> Self;

    /// Returns what is summed up and compared.
    fn sum(&self) -> u64;
}

impl Value for u64 {
    fn of(number: u64) -> Self {
        number.wrapping_mul(3) + 1
    }

    fn sum(&self) -> u64 {
        *self
    }
}

impl Value for Arc<u64> {
    fn of(number: u64) -> Self {
        Self::new(u64::of(number))
    }

    fn sum(&self) -> u64 {
        **self
    }
}

/// A number in a type of its own for each workload. The compiler puts a function that is called from
/// one place only in there, and takes functions of one shape for the same; so each workload has
/// values of another length, calls each cache from one place, as programs mostly do, and no cache
/// is slower for being called by many workloads here.
#[derive(Clone, Copy, Debug)]
pub struct Number<const WORDS: usize>([u32; WORDS]);

impl<const WORDS: usize> Value for Number<WORDS> {
    fn of(number: u64) -> Self {
        let value = u64::of(number);
        let mut words = [0; WORDS];
        (words[0], words[1]) = (value as u32, (value >> 32) as u32);
        Self(words)
    }

    fn sum(&self) -> u64 {
        u64::from(self.0[0]) | u64::from(self.0[1]) << 32
    }
}

/// A cache beside others.
pub trait Peer<K: Key, V: Value>: Send + Sync + Sized + 'static {
    /// What it is called in tables.
    const NAME: &'static str;

    /// Whether entries can expire; one that has no expiry is measured without.
    const EXPIRES: bool;

    /// Whether it keeps to a capacity; one that does not is left out where entries are evicted.
    const EVICTS: bool;

    /// Whether concurrent callers of a key share a load; one whose callers do not is left out of
    /// stampedes.
    const LOADS_ONCE: bool;

    /// What a call is ready with: it is measured as the cache returns it, without an adapter's
    /// future around.
    type Answer;

    /// Makes an empty cache of this capacity, with the defaults otherwise. With `expiry`, each hit
    /// has to find out whether its entry has expired; none does while it is measured.
    fn bounded(capacity: usize, expiry: bool) -> Self;

    /// Returns what is cached, or loads it. Runs in the context of a tokio runtime.
    fn ask<L, F>(&self, key: &K::Borrowed, load: L) -> impl Future<Output = Self::Answer>
    where
        L: FnOnce() -> F + Send + 'static,
        F: Future<Output = V> + Send + 'static;

    /// Stores a value, to prepare what is measured.
    fn put(&self, key: K, value: V) -> impl Future<Output = ()>;

    /// Takes the value out of an answer.
    fn value(answer: Self::Answer) -> V;

    /// Returns the number of entries, once all work put off is done.
    fn entries(&self) -> usize;
}

/// A cache whose capacity can be set.
pub(super) trait Resized<K: Key, V: Value>: Peer<K, V> {
    /// Sets it. What is too much has left afterwards.
    fn resize(&self, capacity: usize);
}
