//! What all parts of a run share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use crate::{backend::Weather, numbers::Zipf, violations::Violations, watchdog::Slots};

pub(crate) const KEYS: u32 = 50_000;
pub(crate) const CAPACITY: usize = 5_000;

pub(crate) struct Shared {
    pub(crate) seed: u64,
    pub(crate) callers: usize,
    pub(crate) zipf: Zipf,
    pub(crate) weather: Arc<Weather>,
    pub(crate) violations: Violations,
    pub(crate) slots: Slots,
    over: AtomicBool,
    at_work: AtomicUsize,
}

impl Shared {
    pub(crate) fn new(seed: u64, callers: usize, actors: usize) -> Self {
        Self {
            seed,
            callers,
            zipf: Zipf::new(KEYS),
            weather: Arc::default(),
            violations: Violations::new(),
            slots: Slots::new(callers + actors),
            over: AtomicBool::new(false),
            at_work: AtomicUsize::new(callers + actors),
        }
    }

    /// Draws what one caller or actor does.
    pub(crate) fn rng(&self, number: usize) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.seed.wrapping_add((number as u64 + 1) << 32))
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    pub(crate) fn end(&self) {
        self.over.store(true, SeqCst);
    }

    /// Returns how many callers and actors have not come to their end.
    pub(crate) fn at_work(&self) -> usize {
        self.at_work.load(SeqCst)
    }

    /// Notes a caller or actor, until dropped.
    pub(crate) fn working(&self) -> Working<'_> {
        Working { shared: self }
    }
}

/// A caller or actor at work. One that does not come to its end has panicked, or was dropped.
pub(crate) struct Working<'a> {
    shared: &'a Shared,
}

impl Working<'_> {
    pub(crate) fn done(self) {
        std::mem::forget(self.leave());
    }

    fn leave(self) -> Self {
        self.shared.at_work.fetch_sub(1, SeqCst);
        self
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.shared.violations.add("a caller did not come to its end");
        self.shared.at_work.fetch_sub(1, SeqCst);
    }
}
