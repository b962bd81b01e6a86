//! A registry of updates that is not the engine's own.

use std::time::Duration;

use evermemo_core::{
    CacheEntry, Failure, InMemoryLocks, InMemoryTicket, InMemoryWait, Instant, Turn, UpdateStatuses,
};

use crate::world::{Down, Value};

/// Does what the built-in one does.
#[derive(Debug)]
pub(crate) struct Registry {
    locks: InMemoryLocks<u32, Value, Down>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self { locks: InMemoryLocks::default() }
    }
}

impl UpdateStatuses<u32, Value, Down> for Registry {
    type Ticket = InMemoryTicket<Value, Down>;
    type Wait = InMemoryWait<Value, Down>;

    fn is_being_updated(&self, key: &u32) -> bool {
        self.locks.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &u32, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        self.locks.mark_being_updated(key, now)
    }

    fn is_current(&self, key: &u32, ticket: &Self::Ticket) -> bool {
        self.locks.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &u32, ticket: &Self::Ticket, entry: CacheEntry<Value>) {
        self.locks.mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(&self, key: &u32, ticket: &Self::Ticket, failure: Failure<Down>) {
        self.locks.mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&u32>) {
        self.locks.supersede(key);
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.locks.lock_timeout()
    }
}
