//! The function that most scenarios memoize.

use crate::Gates;

use evermemo::BoxFuture;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};

/// Counts the runs of a function. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    count: Arc<AtomicU32>,
}

impl Runs {
    /// Begins a run and returns its number; the first is 1.
    pub fn begin(&self) -> u32 {
        self.count.fetch_add(1, SeqCst) + 1
    }

    /// Returns how many have begun.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count.load(SeqCst)
    }
}

/// A function whose value is the number of its run, behind a gate for each run. Clones are one.
#[derive(Clone, Debug)]
pub struct Numbered {
    /// Counted before the gate.
    pub runs: Runs,
    /// By the number of the run.
    pub gates: Gates,
}

impl Numbered {
    /// Makes a function whose runs all end at once, until a gate is shut.
    #[must_use]
    pub fn open() -> Self {
        Self { runs: Runs::default(), gates: Gates::open() }
    }

    /// Makes a function whose runs wait each for its gate.
    #[must_use]
    pub fn shut() -> Self {
        Self { runs: Runs::default(), gates: Gates::shut() }
    }

    /// Returns how many runs have begun.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.runs.count()
    }

    /// Returns the function, to be wrapped.
    pub fn method<A>(&self) -> impl Fn(A) -> BoxFuture<'static, u32> + Send + Sync + use<A> {
        let source = self.clone();
        move |_| {
            let run = source.runs.begin();
            let passed = source.gates.passed(run);
            Box::pin(async move {
                passed.await;
                run
            })
        }
    }
}
