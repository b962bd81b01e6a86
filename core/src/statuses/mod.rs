//! Which keys are being loaded: the registry of updates, which can be watched and replaced.

mod erased;
mod in_memory;
mod landing;
mod object;

#[doc(hidden)]
pub use self::object::AnyRegistry;
pub(crate) use self::{erased::Hidden, landing::Landing};
pub use self::{
    in_memory::{InMemoryLocks, InMemoryTicket},
    landing::InMemoryWait,
};

use core::{future::Future, time::Duration};

use crate::{entry::CacheEntry, error::Failure, sync::Arc, time::Instant};

/// What a load brings: an entry, or why there is none.
#[doc(hidden)]
pub type Landed<V, E> = Result<CacheEntry<V>, Failure<E>>;

/// Whose turn it is to load a key.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "a caller leads or joins; there is no third way")]
pub enum Turn<T, W> {
    /// The caller loads, with this ticket; the wait ends when it has marked how that went.
    Lead(T, W),
    /// Another caller loads; the wait ends with its result.
    Join(W),
}

/// The registry of updates in flight.
///
/// The engine has its own, tied to its flights, and uses it whenever the registry is
/// [`InMemoryLocks`] (of which it takes the lock timeout alone). With any other registry each load
/// is spawned as a task at once, and its callers await the registry's `Wait`.
///
/// A ticket stands for one update. Superseding a key makes its older tickets stale: what they bring
/// is still handed to their callers, but not stored.
pub trait UpdateStatuses<K, V, E>: 'static {
    /// Stands for one update.
    type Ticket: 'static;
    /// Ends with the result of an update. Dropping it disturbs nobody else.
    type Wait: Future<Output = Result<CacheEntry<V>, Failure<E>>> + 'static;

    /// Returns whether a current update of `key` is in flight.
    fn is_being_updated(&self, key: &K) -> bool;

    /// Decides, in one step, whether the caller leads or joins an update of `key`.
    ///
    /// An update older than the lock timeout at `now` is superseded.
    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<Self::Ticket, Self::Wait>;

    /// Returns whether the update has not been superseded.
    ///
    /// It is asked in the step that stores what the update has brought, under the lock of the
    /// storage: it must neither block nor call a cache.
    fn is_current(&self, key: &K, ticket: &Self::Ticket) -> bool;

    /// Ends an update with an entry, and hands it to its callers.
    fn mark_updated(&self, key: &K, ticket: &Self::Ticket, entry: CacheEntry<V>);

    /// Ends an update with a failure, and hands it to its callers.
    fn mark_update_aborted(&self, key: &K, ticket: &Self::Ticket, failure: Failure<E>);

    /// Makes the update of `key`, or of all keys, stale: the next caller leads a new one.
    fn supersede(&self, key: Option<&K>);

    /// Returns how long an update may hold its key when there is no method timeout.
    fn lock_timeout(&self) -> Option<Duration> {
        None
    }

    /// Whether the engine's own flights take the registry's place.
    #[doc(hidden)]
    const BUILT_IN: bool = false;
}

impl<K, V, E, U: UpdateStatuses<K, V, E>> UpdateStatuses<K, V, E> for Arc<U> {
    type Ticket = U::Ticket;
    type Wait = U::Wait;

    fn is_being_updated(&self, key: &K) -> bool {
        (**self).is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        (**self).mark_being_updated(key, now)
    }

    fn is_current(&self, key: &K, ticket: &Self::Ticket) -> bool {
        (**self).is_current(key, ticket)
    }

    fn mark_updated(&self, key: &K, ticket: &Self::Ticket, entry: CacheEntry<V>) {
        (**self).mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(&self, key: &K, ticket: &Self::Ticket, failure: Failure<E>) {
        (**self).mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&K>) {
        (**self).supersede(key);
    }

    fn lock_timeout(&self) -> Option<Duration> {
        (**self).lock_timeout()
    }

    const BUILT_IN: bool = U::BUILT_IN;
}
