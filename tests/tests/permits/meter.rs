//! How many loads run at a time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

/// Counts loads that run. Clones count together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
}

/// A load that runs, until dropped.
#[derive(Debug)]
pub(crate) struct Runs {
    meter: Meter,
    waits: AtomicBool,
}

impl Meter {
    /// Notes that a load begins.
    pub(crate) fn begins(&self) -> Runs {
        self.begun.fetch_add(1, SeqCst);
        self.goes_on();
        Runs { meter: self.clone(), waits: AtomicBool::new(false) }
    }

    /// How many loads have begun.
    pub(crate) fn begun(&self) -> usize {
        self.begun.load(SeqCst)
    }

    /// How many have run at once, at the most.
    pub(crate) fn most(&self) -> usize {
        self.most.load(SeqCst)
    }

    fn goes_on(&self) {
        self.most.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
    }
}

impl Runs {
    /// Waits for a call that the load makes; meanwhile the load does not count.
    pub(crate) async fn waits<T>(&self, call: impl Future<Output = T>) -> T {
        self.waits.store(true, SeqCst);
        self.meter.now.fetch_sub(1, SeqCst);
        let output = call.await;
        self.waits.store(false, SeqCst);
        self.meter.goes_on();
        output
    }
}

impl Drop for Runs {
    fn drop(&mut self) {
        if !self.waits.load(SeqCst) {
            self.meter.now.fetch_sub(1, SeqCst);
        }
    }
}
