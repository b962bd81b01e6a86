//! All that can be measured.

use super::Workload;
use crate::side_by_side::{
    attribute, components, hit, latency, layouts, miss, mutable, pauses, runtimes,
    sequence::Sequence, stampede, tail, threads, uniform, zipf,
};

/// The calls of a turn, in eighths of what was asked for.
const USUAL: usize = 8;

/// Calls that are dear.
const FEW: usize = 2;

/// Longer turns than usual: after the others' turns, the processor's caches hold nothing of what is
/// asked for, and that should not be all that is measured.
const LARGE: usize = 32;

/// All workloads, but for those that [`heap`](crate::side_by_side::heap) counts.
pub const WORKLOADS: &[Workload] = &[
    Workload::turns("hit-1k", "hit, `u64`, 1,000 entries", USUAL, |effort| {
        hit::small(effort, false)
    }),
    Workload::turns("hit-1k-expiry", "hit, `u64`, 1,000 entries, with expiry", USUAL, |effort| {
        hit::small(effort, true)
    }),
    Workload::turns("hit-1m", "hit, `u64`, 1,000,000 entries", LARGE, |effort| {
        hit::large(effort, false)
    }),
    Workload::turns(
        "hit-1m-expiry",
        "hit, `u64`, 1,000,000 entries, with expiry",
        LARGE,
        |effort| hit::large(effort, true),
    ),
    Workload::turns("hit-str", "hit, `&str` → `Arc`", USUAL, |effort| hit::text(effort, false)),
    Workload::turns("hit-str-expiry", "hit, `&str` → `Arc`, with expiry", USUAL, |effort| {
        hit::text(effort, true)
    }),
    Workload::rows("threads-uniform", "hits of 2 threads, uniform keys", USUAL, |effort| {
        let names = [
            ("threads-uniform", "2 threads, uniform keys"),
            ("threads-uniform-over-1", "2 threads over 1, uniform keys"),
        ];
        threads::hitting(effort, Sequence::uniform(1_000, 1 << 14), threads::numbers, names)
    }),
    Workload::rows("threads-skewed", "hits of 2 threads, skewed keys", USUAL, |effort| {
        let names = [
            ("threads-skewed", "2 threads, skewed keys"),
            ("threads-skewed-over-1", "2 threads over 1, skewed keys"),
        ];
        threads::hitting(effort, Sequence::skewed(1_000, 1.0, 1 << 14), threads::numbers, names)
    }),
    Workload::rows("threads-hot", "hits of 2 threads, one hot key", USUAL, |effort| {
        let names = [
            ("threads-hot", "2 threads, one hot key"),
            ("threads-hot-over-1", "2 threads over 1, one hot key"),
        ];
        threads::hitting(effort, Sequence::hot(1 << 14), threads::numbers, names)
    }),
    Workload::rows("threads-hot-arc", "hits of 2 threads, one hot `Arc`", USUAL, |effort| {
        let names = [
            ("threads-hot-arc", "2 threads, one hot `Arc`"),
            ("threads-hot-arc-over-1", "2 threads over 1, one hot `Arc`"),
        ];
        threads::hitting(effort, Sequence::hot(1 << 14), threads::shared, names)
    }),
    Workload::rows("threads-inserts", "calls of 2 threads, 5 % insert", FEW, |effort| {
        let names = [
            ("threads-inserts", "2 threads, 5 % inserts"),
            ("threads-inserts-over-1", "2 threads over 1, 5 % inserts"),
        ];
        threads::inserting(effort, names)
    }),
    Workload::turns("miss", "miss + load + insert + evict", FEW, |effort| {
        miss::misses(effort, miss::CAPACITY)
    }),
    Workload::turns("miss-2k", "miss + load + insert + evict, 2,000 places", FEW, |effort| {
        miss::misses(effort, 2_000)
    }),
    Workload::turns("miss-100k", "miss + load + insert + evict, 100,000 places", FEW, |effort| {
        miss::misses(effort, 100_000)
    }),
    Workload::turns("miss-1m", "miss + load + insert + evict, 1,000,000 places", USUAL, |effort| {
        miss::misses(effort, 1_000_000)
    }),
    Workload::turns(
        "miss-expiry",
        "miss + load + insert + evict, with expiry",
        FEW,
        miss::misses_with_expiry,
    ),
    Workload::turns(
        "uniform",
        "call, 34 % misses: uniform over 200,000 keys, 100,000 places",
        USUAL,
        uniform::uniform,
    ),
    Workload::turns(
        "zipf-1",
        "call, zipf over 1,000,000 keys, 100,000 places, 1 thread",
        USUAL,
        |effort| zipf::zipf(effort, 1),
    ),
    Workload::turns(
        "zipf-2",
        "call, zipf over 1,000,000 keys, 100,000 places, 2 threads",
        USUAL,
        |effort| zipf::zipf(effort, 2),
    ),
    Workload::curves(
        "latency-1",
        "time of a get, zipf over 1,000,000 keys, 100,000 places, 1 thread",
        USUAL,
        |effort, name, what| latency::latency(effort, name, what, 1),
    ),
    Workload::curves(
        "latency-2",
        "time of a get, zipf over 1,000,000 keys, 100,000 places, 2 threads",
        USUAL,
        |effort, name, what| latency::latency(effort, name, what, 2),
    ),
    Workload::turns("stampede", "per waiter, 10,000 on one key", USUAL, stampede::one_key),
    Workload::turns(
        "stampede-keys",
        "per waiter, 10 on each of 10,000",
        USUAL,
        stampede::many_keys,
    ),
    Workload::turns("join", "per caller, 2 on each of 10,000", USUAL, stampede::one_joins),
    Workload::rows("pause-insert", "waits beside insertions", USUAL, pauses::inserting),
    Workload::rows("pause-resize", "waits beside a new capacity", USUAL, pauses::resizing),
    Workload::rows("pause-sweep", "waits beside a sweep", USUAL, pauses::sweeping),
    Workload::rows("tail-inserts", "slowest hits beside a writer", FEW, tail::while_inserting),
    Workload::rows(
        "tail-refreshes",
        "slowest hits beside refreshes",
        USUAL,
        tail::while_refreshing,
    ),
    Workload::turns("attribute", "hit, `#[memoize]` and handle", USUAL, attribute::attribute),
    Workload::turns("runtimes", "hit, on each runtime", USUAL, runtimes::runtimes),
    Workload::turns("mutable", "hit, by configuration", USUAL, mutable::mutable),
    Workload::turns("components", "hit, by component", USUAL, components::components),
    Workload::turns("layout-hit", "hit, by layout", USUAL, layouts::hits),
    Workload::turns(
        "layout-miss",
        "miss + load + insert + evict, 100,000 places, by layout",
        FEW,
        layouts::misses,
    ),
];
