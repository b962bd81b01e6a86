//! Promises that were not kept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Instant,
};

/// How many are described; the others are counted.
const DESCRIBED: usize = 40;

/// A cheap handle; clones share the count.
#[derive(Clone)]
pub(crate) struct Violations {
    began: Instant,
    count: Arc<AtomicUsize>,
}

impl Violations {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), count: Arc::default() }
    }

    pub(crate) fn add(&self, what: &str) {
        if self.count.fetch_add(1, SeqCst) < DESCRIBED {
            eprintln!("VIOLATION after {:.3} s: {what}", self.began.elapsed().as_secs_f64());
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.count.load(SeqCst)
    }
}
