//! A registry of updates whose type is hidden.

use core::time::Duration;

use super::Turn;
use crate::{entry::CacheEntry, error::Failure, time::Instant};

/// A registry of any type, for the engine; `T` is a ticket, `W` a wait.
#[doc(hidden)]
pub trait AnyRegistry<K, V, E, T, W> {
    fn is_being_updated(&self, key: &K) -> bool;
    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<T, W>;
    fn is_current(&self, key: &K, ticket: &T) -> bool;
    fn mark_updated(&self, key: &K, ticket: &T, entry: CacheEntry<V>);
    fn mark_update_aborted(&self, key: &K, ticket: &T, failure: Failure<E>);
    fn supersede(&self, key: Option<&K>);
    /// Returns how often the caches that share the registry have superseded anything.
    fn superseded(&self) -> usize;
    fn lock_timeout(&self) -> Option<Duration>;
}
