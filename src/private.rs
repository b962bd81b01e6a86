//! The names that code written by `#[memoize]` uses. Nothing here is for use by hand, and nothing
//! of it is promised.

mod choices;
mod outputs;

pub use self::{
    choices::{Choices, LocalChoices},
    outputs::{Fallible, Memoized},
};
pub use alloc::{borrow::ToOwned, string::String, vec::Vec};
pub use core::clone::Clone;
pub use evermemo_core::{KeepIf, Own};
pub use std::{sync::LazyLock, thread_local};

use crate::{
    ArgumentsKeyExtractor, FixedCacheConfiguration, LocalInMemoryCacheStorage, NoEvictionStrategy,
    NoPostprocessing, Runtime,
};

use core::hash::Hash;

/// The cache of a function with `cache_if`.
pub type Selective<A, V, E, R> = crate::Cache<
    A,
    V,
    E,
    R,
    FixedCacheConfiguration<
        LocalInMemoryCacheStorage<A, V>,
        ArgumentsKeyExtractor,
        KeepIf<V>,
        NoEvictionStrategy,
        NoPostprocessing,
    >,
>;

/// What can be a key where loads may move between threads.
pub trait Argument: Hash + Eq + Clone + Send + Sync + 'static {}

impl<T: Hash + Eq + Clone + Send + Sync + 'static> Argument for T {}

/// A cache, and what makes its keys from what is looked at.
#[derive(Debug)]
#[non_exhaustive]
pub struct Keyed<Q, A, V, E, R>
where
    A: Argument,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
    R: Runtime,
{
    /// The cache.
    pub cache: &'static Selective<A, V, E, R>,
    /// The expression, as a function.
    pub key: fn(Q) -> A,
}

/// Finds the cache of a choice of type parameters whose keys `key` makes.
pub fn keyed<Q, A, V, E, R, F>(
    caches: &'static Choices,
    key: fn(Q) -> A,
    make: F,
) -> Keyed<Q, A, V, E, R>
where
    A: Argument,
    V: Clone + Send + Sync + 'static,
    E: Send + Sync + 'static,
    R: Runtime,
    Selective<A, V, E, R>: Send + Sync,
    F: FnOnce() -> Selective<A, V, E, R> + 'static,
{
    Keyed { cache: caches.of(make), key }
}

/// Compiles if an argument of this type can be part of a key.
pub const fn argument<T: Hash + Eq + Clone + Send + Sync + 'static>() {}

/// Compiles if an argument of this type can be part of a key on a single-threaded runtime.
pub const fn local_argument<T: Hash + Eq + Clone + 'static>() {}

/// Compiles if a value of this type can be cached.
pub const fn value<T: Clone + Send + Sync + 'static>() {}

/// Compiles if a value of this type can be cached on a single-threaded runtime.
pub const fn local_value<T: Clone + 'static>() {}
