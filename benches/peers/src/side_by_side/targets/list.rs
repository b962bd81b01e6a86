//! All targets.

use super::{
    Bound::{self, AtLeast, AtMost},
    Figure::{
        self, Allocations, Counted, Difference, HitRatio, Instructions, Locked, Of, Over, Path,
        Ratio,
    },
    Target,
};

const QUICK: &str = "quick_cache";
const MOKA: &str = "moka";
const OVER_QUICK: &str = "× quick_cache";
const OVER_MOKA: &str = "× moka";
const OWN: &str = "evermemo";
const COUNTED: &str = "instructions";
/// Stands for the words of the target before.
pub(super) const SAME: &str = "the same";

const fn target(what: &'static str, figure: Figure, at_most: f64, of: &'static str) -> Target {
    Target { what, figure, of, bound: Some(AtMost(at_most)), goal: None }
}

impl Target {
    const fn goal(self, goal: f64) -> Self {
        Self { goal: Some(goal), ..self }
    }

    const fn bound(self, bound: Option<Bound>) -> Self {
        Self { bound, ..self }
    }

    const fn free(self) -> Self {
        self.bound(None)
    }
}

/// What has to be reached, and what is told beside it. Ratios are medians of those of all rounds.
pub const TARGETS: &[Target] = &[
    // Hits.
    target("hit, `u64`, 1,000 entries", Over("hit-1k", QUICK), 0.65, OVER_QUICK),
    target(SAME, Over("hit-1k", MOKA), 0.08, OVER_MOKA),
    target("hit, 1,000 entries, with expiry", Over("hit-1k-expiry", QUICK), 0.80, OVER_QUICK),
    target(SAME, Over("hit-1k-expiry", MOKA), 0.08, OVER_MOKA),
    target("hit, 1,000,000 entries", Over("hit-1m", QUICK), 0.60, OVER_QUICK),
    target("hit, 1,000,000 entries, with expiry", Over("hit-1m-expiry", QUICK), 0.75, OVER_QUICK),
    target("hit, `String` → `Arc`", Over("hit-str", QUICK), 0.85, OVER_QUICK),
    target("hit, `String` → `Arc`, with expiry", Over("hit-str-expiry", QUICK), 0.95, OVER_QUICK),
    target("2 threads, uniform keys", Over("threads-uniform", QUICK), 0.40, OVER_QUICK),
    target("2 threads, one hot key", Over("threads-hot", QUICK), 0.25, OVER_QUICK),
    target("2 threads, one hot `Arc`", Over("threads-hot-arc", QUICK), 0.60, OVER_QUICK),
    target("2 threads, 5 % inserts", Over("threads-inserts", QUICK), 0.50, OVER_QUICK),
    target("2 threads over 1, uniform keys", Of("threads-uniform-over-1", OWN), 1.3, "×"),
    target("2 threads over 1, one hot key", Of("threads-hot-over-1", OWN), 1.3, "×"),
    // Hits by each component: time, and instructions as the figure.
    target("hit, no expiry", Instructions("hit"), 108.0, COUNTED).goal(80.0),
    target("hit, with expiry", Instructions("hit-expiry"), 135.0, COUNTED).goal(95.0),
    target("hit by `&str`, no expiry", Instructions("hit-str"), 170.0, COUNTED),
    target("hit through `#[memoize]`", Instructions("hit-memoize"), 124.0, COUNTED),
    target("hit of `get_with`", Instructions("hit-get-with"), 93.0, COUNTED),
    target("hit, mutable configuration", Instructions("hit-mutable"), 350.0, COUNTED).goal(244.0),
    target("hit by an extractor", Instructions("hit-extractor"), 240.0, COUNTED),
    target("hit with a postprocessing", Instructions("hit-postprocessing"), 240.0, COUNTED),
    target("hit in a storage of one's own", Instructions("hit-storage"), 360.0, COUNTED),
    target("hit under `Policy::Lru`", Instructions("hit-lru"), 260.0, COUNTED),
    target("hit in the peers' loop", Counted("hit-1k"), 0.0, COUNTED).free(),
    target("hit in the peers' loop, with expiry", Counted("hit-1k-expiry"), 0.0, COUNTED).free(),
    target("atomic read-modify-writes of a hit", Path, 1.0, ""),
    target("allocations of a hit", Of("allocations-hit", OWN), 0.0, ""),
    target("allocations of a hit, `&str` → `Arc`", Of("allocations-hit-str", OWN), 0.0, ""),
    target("allocations of a hit, mutable", Of("allocations-mutable", OWN), 0.0, ""),
    target("size of the call's future, less the key", Of("future", OWN), 56.0, "B").goal(32.0),
    target("mutable less fixed", Difference("mutable", "mutable", "fixed"), 30.0, "ns"),
    target(
        "`#[memoize]` over the handle, `Tokio`",
        Ratio("attribute", "#[memoize], Tokio", "handle, Tokio"),
        1.15,
        "×",
    ),
    target(
        "`#[memoize]` over the handle, `Auto`",
        Ratio("attribute", "#[memoize], Auto", "handle, Auto"),
        1.15,
        "×",
    ),
    target("hit, async-std over tokio", Ratio("runtimes", "async-std", "tokio"), 1.05, "×"),
    target("hit, smol over tokio", Ratio("runtimes", "smol", "tokio"), 1.05, "×"),
    // Misses and mixed loads.
    target("miss, 2,000 places", Over("miss-2k", QUICK), 1.6, OVER_QUICK).goal(1.0),
    target("miss, 10,000 places", Over("miss", QUICK), 1.25, OVER_QUICK),
    target(SAME, Over("miss", MOKA), 0.10, OVER_MOKA),
    target("miss, 100,000 places", Over("miss-100k", QUICK), 1.5, OVER_QUICK).goal(1.0),
    target("miss, 1,000,000 places", Over("miss-1m", QUICK), 1.1, OVER_QUICK).goal(1.0),
    target("uniform, 34 % misses", Over("uniform", QUICK), 1.15, OVER_QUICK).goal(0.9),
    target("zipf, 1 thread", Over("zipf-1", QUICK), 1.3, OVER_QUICK).goal(1.0),
    target("zipf, 2 threads", Over("zipf-2", QUICK), 1.4, OVER_QUICK).goal(1.0),
    target("get, zipf, 1 thread, p50", Over("latency-1-p50", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 1 thread, p90", Over("latency-1-p90", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 1 thread, p99", Over("latency-1-p99", QUICK), 1.8, OVER_QUICK).goal(1.0),
    target("get, zipf, 1 thread, p99.9", Over("latency-1-p99.9", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 1 thread, slowest", Over("latency-1-max", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 2 threads, p50", Over("latency-2-p50", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 2 threads, p90", Over("latency-2-p90", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 2 threads, p99", Over("latency-2-p99", QUICK), 1.8, OVER_QUICK).goal(1.0),
    target("get, zipf, 2 threads, p99.9", Over("latency-2-p99.9", QUICK), 0.0, OVER_QUICK).free(),
    target("get, zipf, 2 threads, slowest", Over("latency-2-max", QUICK), 0.0, OVER_QUICK).free(),
    target("miss, counted", Instructions("miss"), 1_900.0, COUNTED).goal(1_250.0),
    target("miss, counted in the peers' loop", Counted("miss"), 0.0, COUNTED).free(),
    target("allocations of a miss", Allocations("miss"), 1.0, ""),
    target("atomic read-modify-writes of a miss", Locked("miss"), 6.0, ""),
    // Waiters.
    target("waiter, 10,000 on one key", Over("stampede", QUICK), 0.75, OVER_QUICK).goal(0.5),
    target("waiter, 10 on each of 10,000", Over("stampede-keys", QUICK), 0.0, OVER_QUICK).free(),
    target("caller, 2 on each of 10,000", Over("join", QUICK), 0.0, OVER_QUICK).free(),
    target("join, counted", Instructions("join"), 2_000.0, COUNTED),
    // What concerns a million entries.
    target("reader's wait, insertions", Of("pause-insert", OWN), 18.0, "ms").goal(1.0),
    target("slowest insertion, all hit", Of("pause-insert-took", OWN), 0.0, "ms").free(),
    target("reader's wait, capacity halved", Of("pause-resize", OWN), 67.0, "ms").goal(1.0),
    target("halving the capacity", Of("pause-resize-took", OWN), 0.0, "ms").free(),
    target("reader's wait, sweep", Of("pause-sweep", OWN), 419.0, "ms").goal(1.0),
    target("sweep", Of("pause-sweep-took", OWN), 0.0, "ms").free(),
    target("reader's wait, at rest", Of("pause-sweep", "at rest"), 0.0, "ms").free(),
    // Layouts.
    target("hit, 8 cores over 2", Ratio("layout-hit", "8 cores", "2 cores"), 0.0, "×").free(),
    target("hit, 16 cores over 2", Ratio("layout-hit", "16 cores", "2 cores"), 0.0, "×").free(),
    target("miss, 8 cores over 2", Ratio("layout-miss", "8 cores", "2 cores"), 0.0, "×").free(),
    target("miss, 16 cores over 2", Ratio("layout-miss", "16 cores", "2 cores"), 1.4, "×")
        .goal(1.0),
    target(
        "the same, quick_cache",
        Ratio("layout-miss", "quick_cache, 16 cores", "quick_cache, 2 cores"),
        0.0,
        "×",
    )
    .free(),
    // Memory.
    target("heap per entry, 100,000 entries", Over("bytes-100k-expiry", QUICK), 1.35, OVER_QUICK),
    target(SAME, Over("bytes-100k-expiry", MOKA), 0.40, OVER_MOKA),
    target("heap per entry, 1,000,000 entries", Over("bytes-1m-expiry", QUICK), 1.35, OVER_QUICK),
    target(SAME, Over("bytes-1m-expiry", MOKA), 0.40, OVER_MOKA),
    // Hit ratio.
    target("mean hit ratio, 1 shard", HitRatio("evermemo-s3tinylfu"), 0.0, "%")
        .bound(Some(AtLeast(43.5))),
    target("mean hit ratio, 8 shards", HitRatio("evermemo-s3tinylfu-8-shards"), 0.0, "%")
        .bound(Some(AtLeast(43.35)))
        .goal(43.8),
];
