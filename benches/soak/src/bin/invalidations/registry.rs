//! A registry of one's own.

use std::{convert::Infallible, time::Duration};

use evermemo::{
    CacheEntry, Failure, InMemoryLocks, InMemoryTicket, InMemoryWait, Instant, Turn, UpdateStatuses,
};

/// Does what the built-in one does, and is none.
#[derive(Default)]
pub(crate) struct Registry {
    locks: InMemoryLocks<u32, u64, Infallible>,
}

impl UpdateStatuses<u32, u64, Infallible> for Registry {
    type Ticket = InMemoryTicket<u64, Infallible>;
    type Wait = InMemoryWait<u64, Infallible>;

    fn is_being_updated(&self, key: &u32) -> bool {
        self.locks.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &u32, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        self.locks.mark_being_updated(key, now)
    }

    fn is_current(&self, key: &u32, ticket: &Self::Ticket) -> bool {
        self.locks.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &u32, ticket: &Self::Ticket, entry: CacheEntry<u64>) {
        self.locks.mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(&self, key: &u32, ticket: &Self::Ticket, failure: Failure<Infallible>) {
        self.locks.mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&u32>) {
        self.locks.supersede(key);
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.locks.lock_timeout()
    }
}
