//! At most one current load of a key at a time.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::Instant;

use crate::{
    ask::Ask,
    ledger::{Ledger, Note},
};

/// The loads that run, by key.
pub(crate) struct Overlap {
    latest: Box<[Mutex<Option<Running>>]>,
    running: AtomicI64,
    ids: AtomicU64,
    /// A load that began so long ago may be overdue, and superseded for it.
    deadline: Duration,
}

#[derive(Clone, Copy)]
struct Running {
    id: u64,
    note: Note,
}

impl Overlap {
    pub(crate) fn new(keys: u32, deadline: Duration) -> Self {
        Self {
            latest: (0..keys).map(|_| Mutex::new(None)).collect(),
            running: AtomicI64::new(0),
            ids: AtomicU64::new(0),
            deadline,
        }
    }

    /// Notes a load that begins, until what this returns is dropped. The second part says for how
    /// long another caller's load has been running that nothing can have superseded.
    pub(crate) fn begin(&self, ask: &Ask, ledger: &Ledger) -> (Inside<'_>, Option<Duration>) {
        let id = self.ids.fetch_add(1, SeqCst);
        self.running.fetch_add(1, SeqCst);
        let before = self.with(ask.key, |latest| latest.replace(Running { id, note: ask.note }));
        let now = Instant::of_process();
        // Either may be the one that was superseded: a load begins some time after its flight.
        let current =
            |note: Note| !ledger.superseded(ask.key, note) && now < note.asked + self.deadline;
        let current = before.filter(|before| current(before.note) && current(ask.note));
        let inside = Inside { overlap: self, key: ask.key, id };
        (inside, current.map(|current| now.saturating_since(current.note.asked)))
    }

    pub(crate) fn running(&self) -> i64 {
        self.running.load(SeqCst)
    }

    fn with<O>(&self, key: u32, f: impl FnOnce(&mut Option<Running>) -> O) -> O {
        let latest = &self.latest[key as usize];
        f(&mut latest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A load that runs.
pub(crate) struct Inside<'a> {
    overlap: &'a Overlap,
    key: u32,
    id: u64,
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let id = self.id;
        self.overlap.with(self.key, |latest| {
            if latest.is_some_and(|latest| latest.id == id) {
                *latest = None;
            }
        });
        self.overlap.running.fetch_sub(1, SeqCst);
    }
}
