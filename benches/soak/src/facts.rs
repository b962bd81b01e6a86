//! What is known of a cache from outside.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::Instant;

use crate::{
    counts::{Bodies, Counts},
    ledger::Ledger,
    listener::Heard,
    overlap::Overlap,
    violations::Violations,
};

/// A cache as its callers see it: what is true, what they were told, and what it promises.
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) promises: Promises,
    pub(crate) ledger: Ledger,
    pub(crate) overlap: Overlap,
    pub(crate) counts: Counts,
    pub(crate) bodies: Bodies,
    pub(crate) heard: Arc<Heard>,
    pub(crate) violations: Violations,
    generation: AtomicU64,
    /// In nanoseconds.
    exchanged: AtomicU64,
}

/// Which storage a cache has. While it is exchanged, and while it waits, the number is odd.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Generation {
    /// Returns whether what is inserted is in memory when that returns.
    pub(crate) const fn is_memory(self) -> bool {
        self.0.is_multiple_of(2)
    }
}

/// What differs between the caches.
#[derive(Clone, Copy)]
pub(crate) struct Promises {
    /// Fresh so long and servable so long; of caches whose answers do not tell their own times.
    pub(crate) lives: Option<(Duration, Duration)>,
    /// How long after its life an answer may stand in for a failed load.
    pub(crate) window: Duration,
    /// Whether the storage never waits: then each call is decided at its first poll.
    pub(crate) immediate: bool,
    /// Whether a load is dropped with its last caller.
    pub(crate) aborts: bool,
    /// Whether all that leaves for want of room is named by a strategy.
    pub(crate) strategy: bool,
    /// Whether callers wait for their answers and want to know where they come from.
    pub(crate) patient: bool,
    /// Whether it may be without configuration.
    pub(crate) may_refuse: bool,
    /// Whether entries may grow old before the time that their answers tell.
    pub(crate) spread: bool,
    /// Whether errors of the method may be answers to later calls.
    pub(crate) keeps_errors: bool,
    /// How many loads may run at once.
    pub(crate) most_loads: Option<i64>,
    /// The shortest time that a load is given.
    pub(crate) least_timeout: Duration,
}

impl Facts {
    pub(crate) fn new(
        name: &'static str,
        keys: u32,
        promises: Promises,
        violations: Violations,
    ) -> Self {
        Self {
            name,
            promises,
            ledger: Ledger::new(keys),
            overlap: Overlap::new(keys, promises.least_timeout),
            counts: Counts::default(),
            bodies: Bodies::default(),
            heard: Arc::default(),
            violations,
            generation: AtomicU64::new(0),
            exchanged: AtomicU64::new(0),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        Generation(self.generation.load(SeqCst))
    }

    /// From now on the storage is, or may be, one that waits.
    pub(crate) fn waits_for_its_storage(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    /// From now on the storage is one in memory again.
    pub(crate) fn is_in_memory(&self) {
        self.generation.fetch_add(1, SeqCst);
    }

    /// Notes that a component is exchanged, for an accusation that comes after it.
    pub(crate) fn exchanged(&self) {
        self.exchanged.store(Instant::of_process().as_nanos(), SeqCst);
    }

    /// Returns when a component was last exchanged.
    pub(crate) fn last_exchange(&self) -> Instant {
        Instant::from_nanos(self.exchanged.load(SeqCst))
    }

    pub(crate) fn violated(&self, what: &str) {
        self.violations.add(&format!("{}: {what}", self.name));
    }
}
