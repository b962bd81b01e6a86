//! What Evermemo has to reach, beside what it does.

use core::fmt;

use self::Figure::{Difference, Instructions, Locked, Of, Over, Ratio};
use super::rounds::Row;

/// All that was measured.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Times, and counts of the heap.
    pub rows: Vec<Row>,
    /// Instructions of a hit less those of the loop: without expiry, and with it.
    pub instructions: [Option<f64>; 2],
    /// Atomic read-modify-write instructions of a hit.
    pub locked: Option<f64>,
    /// What `hit-ratio` said last.
    pub hit_ratio: Option<String>,
}

impl Measured {
    fn row(&self, workload: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.workload == workload)
    }

    fn figure(&self, workload: &str, peer: &str) -> Option<f64> {
        Some(self.row(workload)?.of(peer)?.median())
    }

    fn ratio(&self, workload: &str, peer: &str, other: &str) -> Option<f64> {
        self.row(workload)?.ratio(peer, other)
    }
}

/// How a figure is taken from what was measured.
#[derive(Clone, Copy, Debug)]
enum Figure {
    /// Evermemo's, over that of a peer, in a workload.
    Over(&'static str, &'static str),
    /// One contestant's, over another's.
    Ratio(&'static str, &'static str, &'static str),
    /// One contestant's.
    Of(&'static str, &'static str),
    /// One contestant's less another's.
    Difference(&'static str, &'static str, &'static str),
    /// Instructions of a hit: without expiry 0, with it 1.
    Instructions(usize),
    /// Atomic read-modify-write instructions of a hit.
    Locked,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct Target {
    what: &'static str,
    figure: Figure,
    at_most: f64,
    of: &'static str,
}

const fn target(what: &'static str, figure: Figure, at_most: f64, of: &'static str) -> Target {
    Target { what, figure, at_most, of }
}

const QUICK: &str = "quick_cache";
const MOKA: &str = "moka";
const OVER_QUICK: &str = "× quick_cache";
const OVER_MOKA: &str = "× moka";

const TARGETS: &[Target] = &[
    target("hit, `u64`, 1,000 entries", Over("hit-1k", QUICK), 0.65, OVER_QUICK),
    target("the same", Over("hit-1k", MOKA), 0.08, OVER_MOKA),
    target(
        "hit, `u64`, 1,000 entries, with expiry",
        Over("hit-1k-expiry", QUICK),
        0.80,
        OVER_QUICK,
    ),
    target("the same", Over("hit-1k-expiry", MOKA), 0.08, OVER_MOKA),
    target("hit, 1,000,000 entries", Over("hit-1m", QUICK), 0.60, OVER_QUICK),
    target("hit, 1,000,000 entries, with expiry", Over("hit-1m-expiry", QUICK), 0.75, OVER_QUICK),
    target("hit, `String` → `Arc`", Over("hit-str", QUICK), 0.85, OVER_QUICK),
    target("hit, `String` → `Arc`, with expiry", Over("hit-str-expiry", QUICK), 0.95, OVER_QUICK),
    target("2 threads, uniform keys", Over("threads-uniform", QUICK), 0.40, OVER_QUICK),
    target("2 threads, one hot key", Over("threads-hot", QUICK), 0.25, OVER_QUICK),
    target("2 threads, one hot `Arc`", Over("threads-hot-arc", QUICK), 0.60, OVER_QUICK),
    target("2 threads, 5 % inserts", Over("threads-inserts", QUICK), 0.50, OVER_QUICK),
    target("2 threads over 1, uniform keys", Of("threads-uniform-over-1", "evermemo"), 1.3, "×"),
    target("2 threads over 1, one hot key", Of("threads-hot-over-1", "evermemo"), 1.3, "×"),
    target("instructions of a hit, less the loop", Instructions(0), 80.0, ""),
    target("instructions of a hit, with expiry", Instructions(1), 95.0, ""),
    target("atomic read-modify-writes of a hit", Locked, 1.0, ""),
    target("allocations of a hit", Of("allocations-hit", "evermemo"), 0.0, ""),
    target("allocations of a hit, `&str` → `Arc`", Of("allocations-hit-str", "evermemo"), 0.0, ""),
    target("size of the call's future, less the key", Of("future", "evermemo"), 32.0, "B"),
    target("miss + load + insert + evict", Over("miss", QUICK), 1.25, OVER_QUICK),
    target("the same", Over("miss", MOKA), 0.10, OVER_MOKA),
    target("waiter, 10,000 on one key, with 1 load", Over("stampede", QUICK), 1.00, OVER_QUICK),
    target("heap per entry, 100,000 entries", Over("bytes-100k-expiry", QUICK), 1.35, OVER_QUICK),
    target("the same", Over("bytes-100k-expiry", MOKA), 0.40, OVER_MOKA),
    target("heap per entry, 1,000,000 entries", Over("bytes-1m-expiry", QUICK), 1.35, OVER_QUICK),
    target("the same", Over("bytes-1m-expiry", MOKA), 0.40, OVER_MOKA),
    target(
        "hit of `#[memoize]` over the handle, `Tokio`",
        Ratio("attribute", "#[memoize], Tokio", "handle, Tokio"),
        1.15,
        "×",
    ),
    target(
        "hit of `#[memoize]` over the handle, `Auto`",
        Ratio("attribute", "#[memoize], Auto", "handle, Auto"),
        1.15,
        "×",
    ),
    target("hit, async-std over tokio", Ratio("runtimes", "async-std", "tokio"), 1.05, "×"),
    target("hit, smol over tokio", Ratio("runtimes", "smol", "tokio"), 1.05, "×"),
    target(
        "mutable configuration less fixed",
        Difference("mutable", "mutable", "fixed"),
        30.0,
        "ns",
    ),
    target("allocations, mutable", Of("allocations-mutable", "evermemo"), 0.0, ""),
];

impl Target {
    fn measured(&self, measured: &Measured) -> Option<f64> {
        match self.figure {
            Over(workload, peer) => measured.ratio(workload, "evermemo", peer),
            Ratio(workload, peer, other) => measured.ratio(workload, peer, other),
            Of(workload, peer) => measured.figure(workload, peer),
            Difference(workload, peer, other) => {
                Some(measured.figure(workload, peer)? - measured.figure(workload, other)?)
            }
            Instructions(index) => measured.instructions[index],
            Locked => measured.locked,
        }
    }
}

/// Returns the workloads that have a target.
pub fn needed() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().filter_map(|target| match target.figure {
        Over(workload, _) | Ratio(workload, ..) | Of(workload, _) | Difference(workload, ..) => {
            Some(workload)
        }
        Instructions(_) | Locked => None,
    })
}

impl fmt::Display for Measured {
    /// Writes the table, in markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | at most | measured | |\n|---|--:|--:|---|")?;
        for target in TARGETS {
            let Target { what, at_most, of, .. } = target;
            write!(f, "| {what} | {at_most} {of} |")?;
            match target.measured(self) {
                // What is printed is what counts: a noise of less than a digit decides nothing.
                Some(figure) if (figure * 100.0).round() <= at_most * 100.0 => {
                    writeln!(f, " {figure:.2} | met |")?;
                }
                Some(figure) => writeln!(f, " {figure:.2} | **not met** |")?,
                None => writeln!(f, " – | not measured |")?,
            }
        }
        match &self.hit_ratio {
            Some(line) => writeln!(f, "\nMean hit ratio over the traces: {line}"),
            None => writeln!(f, "\nMean hit ratio over the traces: not measured; `--traces DIR`"),
        }
    }
}
