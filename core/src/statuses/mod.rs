//! The registry of updates in flight, which can be observed and replaced.

mod erased;
mod in_memory;
mod landing;
mod object;
mod superseded;

#[doc(hidden)]
pub use self::object::AnyRegistry;
pub(crate) use self::{erased::Hidden, landing::Landing};
pub use self::{
    in_memory::{InMemoryLocks, InMemoryTicket},
    landing::InMemoryWait,
};

use core::{future::Future, time::Duration};

use crate::{entry::CacheEntry, error::Failure, sync::Arc, time::Instant};

/// The result of a load: an entry, or the reason why there is none.
#[doc(hidden)]
pub type Landed<V, E> = Result<CacheEntry<V>, Failure<E>>;

/// Whether a caller loads a key itself.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, Failure, InMemoryLocks, Instant, Turn, UpdateStatuses};
///
/// async fn square(
///     statuses: &impl UpdateStatuses<u64, u64, ()>,
///     n: u64,
///     now: Instant,
/// ) -> Result<CacheEntry<u64>, Failure<()>> {
///     let update = match statuses.mark_being_updated(&n, now) {
///         Turn::Join(update) => update,
///         Turn::Lead(ticket, update) => {
///             statuses.mark_updated(&n, &ticket, CacheEntry::new(n * n, now));
///             update
///         }
///     };
///     update.await
/// }
///
/// # evermemo_core::testing::run(async |_| {
/// let locks = InMemoryLocks::default();
/// assert_eq!(square(&locks, 12, Instant::ZERO).await.unwrap().value, 144);
/// # });
/// ```
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "a caller leads or joins; there is no third way")]
pub enum Turn<T, W> {
    /// The caller loads, with this ticket; the wait ends when the caller has marked the result. A
    /// cache has no use for that wait, and drops it.
    Lead(T, W),
    /// Another caller loads; the wait ends with its result.
    Join(W),
}

/// The registry of updates in flight.
///
/// The engine has its own, tied to its flights, and uses it whenever the registry is
/// [`InMemoryLocks`] (of which it uses the lock timeout alone). With any other registry, the
/// callers of one cache still share one load. That load is a task from the start, and asks the
/// registry before it begins. If it is to lead, it loads and stores; if it is to join, it waits for
/// the other holder of the key, until the method's timeout or else the lock timeout, and stores
/// nothing. If that holder is [dropped](Failure::Abandoned), it asks again. Caches may share a
/// registry in an `Arc`: an update that one of them supersedes is then out of date for callers of
/// the others, too.
///
/// A ticket identifies one update. Superseding a key makes its older tickets stale: their results
/// are still handed to their callers, but not stored.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, InMemoryLocks, InMemoryTicket, InMemoryWait};
/// use evermemo_core::{Instant, Turn, UpdateStatuses};
/// # use evermemo_core::{CacheEntry, Failure};
/// use std::{convert::Infallible, sync::{Arc, Mutex}};
///
/// /// Lists the keys that are loaded.
/// #[derive(Default)]
/// struct Listed {
///     locks: InMemoryLocks<u64, u64, Infallible>,
///     keys: Arc<Mutex<Vec<u64>>>,
/// }
///
/// impl UpdateStatuses<u64, u64, Infallible> for Listed {
///     type Ticket = InMemoryTicket<u64, Infallible>;
///     type Wait = InMemoryWait<u64, Infallible>;
///
///     fn mark_being_updated(&self, key: &u64, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
///         let turn = self.locks.mark_being_updated(key, now);
///         if let Turn::Lead(..) = turn {
///             self.keys.lock().unwrap().push(*key);
///         }
///         turn
///     }
///     // The other methods call those of `locks`.
/// #     fn is_being_updated(&self, key: &u64) -> bool {
/// #         self.locks.is_being_updated(key)
/// #     }
/// #     fn is_current(&self, key: &u64, ticket: &Self::Ticket) -> bool {
/// #         self.locks.is_current(key, ticket)
/// #     }
/// #     fn mark_updated(&self, key: &u64, ticket: &Self::Ticket, entry: CacheEntry<u64>) {
/// #         self.locks.mark_updated(key, ticket, entry);
/// #     }
/// #     fn mark_update_aborted(
/// #         &self,
/// #         key: &u64,
/// #         ticket: &Self::Ticket,
/// #         failure: Failure<Infallible>,
/// #     ) {
/// #         self.locks.mark_update_aborted(key, ticket, failure);
/// #     }
/// #     fn supersede(&self, key: Option<&u64>) {
/// #         self.locks.supersede(key);
/// #     }
/// #     fn lock_timeout(&self) -> Option<std::time::Duration> {
/// #         self.locks.lock_timeout()
/// #     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let listed = Listed::default();
/// let keys = listed.keys.clone();
/// let squares =
///     Builder::on(runtime).update_statuses(listed).wrap(|n: u64| async move { n * n });
/// for n in [12, 12, 7] {
///     squares.call(n).await?;
/// }
/// assert_eq!(*keys.lock().unwrap(), [12, 7]);
/// # Ok::<(), evermemo_core::Error<Infallible>>(())
/// # }).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no registry of updates of keys `{K}`, values `{V}` and errors `{E}`: \
               implement `UpdateStatuses<{K}, {V}, {E}>` for it"
)]
pub trait UpdateStatuses<K, V, E>: 'static {
    /// Identifies one update.
    type Ticket: 'static;
    /// Ends with the result of an update. Dropping it disturbs no other waiter.
    type Wait: Future<Output = Result<CacheEntry<V>, Failure<E>>> + 'static;

    /// Returns whether a current update of `key` is in flight.
    fn is_being_updated(&self, key: &K) -> bool;

    /// Decides, in one step, whether the caller leads or joins an update of `key`.
    ///
    /// An update older than the lock timeout at `now` is superseded.
    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<Self::Ticket, Self::Wait>;

    /// Returns whether the update is current, which is to say not superseded.
    ///
    /// Called in the step that stores the update's result, under the lock of the storage: it must
    /// neither block nor call a cache.
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

    /// Returns the address of the registry, if all caches that share it find it at the same one.
    #[doc(hidden)]
    fn address(&self) -> Option<usize> {
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

    fn address(&self) -> Option<usize> {
        (**self).address().or_else(|| Some(Self::as_ptr(self).addr()))
    }

    const BUILT_IN: bool = U::BUILT_IN;
}
