//! One run: from the first call to the accounts at rest.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use evermemo::Runtime;
use futures_util::future::join_all;

use crate::{
    accounts,
    ask::alive,
    backend::Timers,
    caches::World,
    operations::{clear, insert},
    plan::{CAPACITY, KEYS},
    report::{Progress, resident, table},
    violations::Violations,
};

/// How long a run takes, and how often it says something.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) lasts: Duration,
    pub(crate) report_every: Duration,
}

/// When the memory in use is noted first; at a fifth of runs that are shorter than five times that.
const SETTLED: Duration = Duration::from_secs(120);
/// The allocator is not at rest before; shorter runs compare nothing.
const UNSETTLED: Duration = Duration::from_secs(10);
/// How much more there may be at the end.
const GROWTH: f64 = 1.05;
/// How long to wait for the rest of loads that no caller waits for.
const REST: Duration = Duration::from_secs(15);

/// What is left of a run once its world is gone.
pub(crate) struct Ran {
    settled: f64,
    end: f64,
}

/// Fills the caches, so that they are as large as they get before the first call.
pub(crate) async fn fill<R: Runtime, T: Timers>(world: &World<R, T>) {
    let keys: Vec<u32> = (0..KEYS).take(CAPACITY).collect();
    for keys in keys.chunks(500) {
        // Over a storage that waits, they wait together.
        join_all(keys.iter().map(|&key| insert(&world.storage, key))).await;
        for &key in keys {
            insert(&world.memory, key).await;
            insert(&world.strategy, key).await;
            insert(&world.mutable, key).await;
        }
    }
}

/// Watches the callers, ends them, and looks at what they leave.
pub(crate) async fn attend<R: Runtime, T: Timers>(
    world: Arc<World<R, T>>,
    title: &str,
    plan: Plan,
) -> Ran {
    let (shared, timers, began) = (&world.shared, &world.timers, Instant::now());
    let mut progress = Progress::new(title, plan.lasts);
    let settles = SETTLED.min(plan.lasts / 5).max(UNSETTLED);
    let (mut settled, mut told) = (None, Duration::ZERO);
    let mut recent = Recent::default();
    while began.elapsed() < plan.lasts {
        timers.sleep(Duration::from_millis(250)).await;
        progress.tick();
        world.check_bounds();
        recent.note(resident());
        if settled.is_none() && began.elapsed() >= settles {
            settled = Some(recent.mean());
        }
        if began.elapsed() >= told + plan.report_every {
            told = began.elapsed();
            progress.line(&world);
        }
    }
    let end = recent.mean();
    shared.end();
    drop(progress);

    let ended = Instant::now();
    let flying = || {
        let World { memory, storage, strategy, mutable, .. } = &*world;
        let flights = memory.memo.in_flight()
            + storage.memo.in_flight()
            + strategy.memo.in_flight()
            + mutable.memo.in_flight();
        let facts = [&memory.facts, &storage.facts, &strategy.facts, &mutable.facts];
        flights > 0 || facts.iter().any(|facts| facts.overlap.running() > 0)
    };
    while (shared.at_work() > 0 || flying()) && ended.elapsed() < REST {
        timers.sleep(Duration::from_millis(10)).await;
    }
    // What follows a load, such as an eviction, is not counted anywhere.
    timers.sleep(Duration::from_secs(1)).await;
    if shared.at_work() > 0 {
        shared.violations.add(&format!("{} callers have not ended", shared.at_work()));
    }
    accounts::check(&world.memory);
    accounts::check(&world.storage);
    accounts::check(&world.strategy);
    accounts::check(&world.mutable);
    world.check_bounds();
    check_strategy(&world);
    table(&world);
    check_clear(&world).await;
    Ran { settled: settled.unwrap_or(end), end }
}

/// Strategy and storage hold the same at rest, and no more than they may.
fn check_strategy<R: Runtime, T: Timers>(world: &World<R, T>) {
    let (entries, known) = (world.strategy.memo.len(), world.order.len());
    if entries != known {
        let what = format!("{entries} entries at rest, of which the strategy knows {known}");
        world.strategy.facts.violated(&what);
    }
}

/// All keys are free: everything can be cleared, and nothing is left then.
async fn check_clear<R: Runtime, T: Timers>(world: &World<R, T>) {
    clear(&world.memory).await;
    clear(&world.storage).await;
    clear(&world.strategy).await;
    clear(&world.mutable).await;
    for subject in [(&world.memory.facts, world.memory.memo.len()), {
        (&world.strategy.facts, world.strategy.memo.len())
    }] {
        let (facts, left) = subject;
        if left != 0 {
            facts.violated(&format!("{left} entries are left by a clear"));
        }
    }
}

impl Ran {
    /// Says how the memory in use has grown, and what has outlived everything; the world, and its
    /// runtime, are gone by now. Returns whether all promises were kept.
    pub(crate) fn conclude(self, violations: &Violations) -> bool {
        let patience = Instant::now();
        while alive() != 0 && patience.elapsed() < REST {
            std::thread::sleep(Duration::from_millis(10));
        }
        let Self { settled, end } = self;
        let ratio = if settled > 0.0 { end / settled } else { 1.0 };
        println!(
            "memory in use: {settled:.1} MB once settled, {end:.1} MB at the end, ratio {ratio:.3}; \
             {} answers outlive their caches; {} violations",
            alive(),
            violations.count(),
        );
        let grown = ratio > GROWTH;
        if grown {
            println!("FAILED: the memory in use has grown by more than {GROWTH}");
        }
        violations.count() == 0 && alive() == 0 && !grown
    }
}

/// The mean of what was noted lately.
#[derive(Default)]
struct Recent {
    noted: std::collections::VecDeque<f64>,
}

impl Recent {
    /// Two seconds.
    const MOST: usize = 8;

    fn note(&mut self, value: f64) {
        if self.noted.len() == Self::MOST {
            self.noted.pop_front();
        }
        self.noted.push_back(value);
    }

    fn mean(&self) -> f64 {
        self.noted.iter().sum::<f64>() / self.noted.len().max(1) as f64
    }
}
