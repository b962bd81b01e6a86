//! The registry in memory.

use core::{fmt, hash::Hash, time::Duration};

use hashbrown::HashMap;

use super::{InMemoryWait, Landed, Landing, Turn, UpdateStatuses};
use crate::{
    defaults::LOCK_TIMEOUT,
    entry::CacheEntry,
    error::Failure,
    hasher::KeyHasher,
    sync::{Arc, AtomicBool, Mutex, Ordering},
    time::Instant,
};

/// Keeps the updates in flight in memory.
///
/// The default. A cache then uses its lock timeout alone: the engine's own flights do the rest, for
/// each cache by itself, even if two caches are given the same registry. Its methods serve
/// registries that wrap it; those can be shared.
///
/// # Examples
///
/// ```
/// use evermemo_core::{InMemoryLocks, Instant, Turn, UpdateStatuses};
///
/// let locks = InMemoryLocks::<&str, u32, ()>::default();
/// assert!(matches!(locks.mark_being_updated(&"a", Instant::ZERO), Turn::Lead(..)));
/// assert!(matches!(locks.mark_being_updated(&"a", Instant::ZERO), Turn::Join(_)));
/// assert!(locks.is_being_updated(&"a"));
/// ```
pub struct InMemoryLocks<K, V, E> {
    lock_timeout: Option<Duration>,
    updates: Mutex<HashMap<K, InMemoryTicket<V, E>, KeyHasher>>,
}

/// Stands for one update in an [`InMemoryLocks`].
///
/// # Examples
///
/// ```
/// use evermemo_core::{InMemoryLocks, InMemoryTicket, Instant, Turn, UpdateStatuses};
///
/// /// Begins an update, unless there is one in flight.
/// fn begin(locks: &InMemoryLocks<u32, u32, ()>, key: u32) -> Option<InMemoryTicket<u32, ()>> {
///     match locks.mark_being_updated(&key, Instant::ZERO) {
///         Turn::Lead(ticket, _) => Some(ticket),
///         Turn::Join(_) => None,
///     }
/// }
///
/// let locks = InMemoryLocks::default();
/// let ticket = begin(&locks, 7).unwrap();
/// assert!(begin(&locks, 7).is_none());
/// assert!(locks.is_current(&7, &ticket));
/// locks.supersede(Some(&7));
/// assert!(!locks.is_current(&7, &ticket));
/// ```
pub struct InMemoryTicket<V, E> {
    update: Arc<Update<V, E>>,
}

struct Update<V, E> {
    since: Instant,
    superseded: AtomicBool,
    landing: Arc<Landing<V, E>>,
}

impl<K, V, E> InMemoryLocks<K, V, E> {
    /// Makes a registry whose updates hold their key for at most `lock_timeout`, where no method
    /// timeout ends them earlier. `None` or [`Duration::MAX`] sets no bound.
    #[must_use]
    pub fn new(lock_timeout: impl Into<Option<Duration>>) -> Self {
        let lock_timeout = lock_timeout.into().filter(|&timeout| timeout != Duration::MAX);
        Self { lock_timeout, updates: Mutex::new(HashMap::with_hasher(Default::default())) }
    }
}

impl<K, V, E> Default for InMemoryLocks<K, V, E> {
    /// Bounds updates to 5 minutes.
    fn default() -> Self {
        Self::new(LOCK_TIMEOUT)
    }
}

impl<K, V, E> UpdateStatuses<K, V, E> for InMemoryLocks<K, V, E>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    E: 'static,
{
    type Ticket = InMemoryTicket<V, E>;
    type Wait = InMemoryWait<V, E>;

    fn is_being_updated(&self, key: &K) -> bool {
        self.updates.with(|updates| updates.contains_key(key))
    }

    fn mark_being_updated(&self, key: &K, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        let (key, fresh) = (key.clone(), InMemoryTicket::taken(now));
        let overdue = |ticket: &InMemoryTicket<V, E>| {
            self.lock_timeout.is_some_and(|timeout| ticket.update.since + timeout <= now)
        };
        let (turn, unused) = self.updates.with(|updates| match updates.get(&key) {
            Some(ticket) if !overdue(ticket) => (Turn::Join(ticket.wait()), Some(key)),
            _ => {
                let earlier = updates.insert(key, fresh.clone());
                if let Some(earlier) = &earlier {
                    earlier.update.superseded.store(true, Ordering::Release);
                }
                (Turn::Lead(fresh.clone(), fresh.wait()), None)
            }
        });
        drop(unused);
        turn
    }

    fn is_current(&self, _key: &K, ticket: &Self::Ticket) -> bool {
        !ticket.update.superseded.load(Ordering::Acquire)
    }

    fn mark_updated(&self, key: &K, ticket: &Self::Ticket, entry: CacheEntry<V>) {
        self.end(key, ticket, Ok(entry));
    }

    fn mark_update_aborted(&self, key: &K, ticket: &Self::Ticket, failure: Failure<E>) {
        self.end(key, ticket, Err(failure));
    }

    fn supersede(&self, key: Option<&K>) {
        let superseded = self.updates.with(|updates| match key {
            None => updates.drain().collect::<alloc::vec::Vec<_>>(),
            Some(key) => updates.remove_entry(key).into_iter().collect(),
        });
        for (_, ticket) in &superseded {
            ticket.update.superseded.store(true, Ordering::Release);
        }
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.lock_timeout
    }

    const BUILT_IN: bool = true;
}

impl<K: Hash + Eq, V, E> InMemoryLocks<K, V, E> {
    /// An update that has been superseded ends for its own callers, and leaves the key's current
    /// update as it is.
    fn end(&self, key: &K, ticket: &InMemoryTicket<V, E>, landed: Landed<V, E>) {
        let ended = self.updates.with(|updates| {
            let own =
                updates.get(key).is_some_and(|held| Arc::ptr_eq(&held.update, &ticket.update));
            if own { updates.remove_entry(key) } else { None }
        });
        drop(ended);
        ticket.update.landing.land(landed);
    }
}

impl<K, V, E> fmt::Debug for InMemoryLocks<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryLocks")
            .field("lock_timeout", &self.lock_timeout)
            .field("updates", &self.updates.with(|updates| updates.len()))
            .finish()
    }
}

impl<V, E> InMemoryTicket<V, E> {
    fn taken(now: Instant) -> Self {
        let landing = Arc::new(Landing::new());
        Self {
            update: Arc::new(Update { since: now, superseded: AtomicBool::new(false), landing }),
        }
    }

    fn wait(&self) -> InMemoryWait<V, E> {
        InMemoryWait::new(self.update.landing.clone())
    }
}

impl<V, E> Clone for InMemoryTicket<V, E> {
    fn clone(&self) -> Self {
        Self { update: self.update.clone() }
    }
}

impl<V, E> fmt::Debug for InMemoryTicket<V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMemoryTicket")
            .field("since", &self.update.since)
            .field("landing", &self.update.landing)
            .finish_non_exhaustive()
    }
}
