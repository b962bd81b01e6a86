//! Bytes and allocations, which a program of their own counts: counting would slow what is timed.

use alloc::sync::Arc;
use core::{hint::black_box, marker::PhantomData};

use super::{
    Key, Peer, Value,
    hit::{fill, filled, hits},
    miss::{CAPACITY, Missed, full, missed},
    mutable,
    on_tokio::{block_on, entered, now},
    peers::of_each,
    rounds::{Cell, Effort, Row},
};

/// What was allocated meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// How many times.
    pub times: u64,
    /// The bytes that are still allocated.
    pub kept: i64,
}

/// Runs something and counts what it allocates on this thread.
pub type Count = fn(&mut dyn FnMut()) -> Counted;

/// The lines: workload, description, unit.
pub const LINES: [(&str, &str, &str); 9] = [
    ("bytes-100k", "heap per entry, 100,000 entries", "B"),
    ("bytes-100k-expiry", "heap per entry, 100,000 entries, with expiry", "B"),
    ("bytes-1m-expiry", "heap per entry, 1,000,000 entries, with expiry", "B"),
    ("allocations-hit", "allocations of a hit, `u64` → `u64`", ""),
    ("allocations-hit-str", "allocations of a hit, `&str` → `Arc`", ""),
    ("allocations-miss", "allocations of a miss that evicts", ""),
    ("future", "size of the call's future, less 8 B for the key", "B"),
    ("allocations-fixed", "allocations of a hit, fixed configuration", ""),
    ("allocations-mutable", "allocations of a hit, mutable configuration", ""),
];

/// Measures all of them, once each.
#[must_use]
pub fn rows(effort: &Effort, count: Count) -> Vec<Row> {
    LINES.map(|(workload, what, unit)| row(effort, count, workload, what, unit)).into()
}

fn row(effort: &Effort, count: Count, workload: &str, what: &str, unit: &str) -> Row {
    let (small, large) = (effort.entries(100_000), effort.entries(1_000_000));
    let figures = match workload {
        "bytes-100k" => of_each!(bytes, u64 => u64, count, small, false),
        "bytes-100k-expiry" => of_each!(bytes, u64 => u64, count, small, true),
        "bytes-1m-expiry" => of_each!(bytes, u64 => u64, count, large, true),
        "allocations-hit" => of_each!(of_hits, u64 => u64, count),
        "allocations-hit-str" => of_each!(of_hits, String => Arc<u64>, count),
        "allocations-miss" => of_each!(of_misses, u64 => Missed, count),
        "future" => of_each!(future, u64 => u64),
        configuration => vec![of_configuration(configuration, count)],
    };
    let cells = figures
        .into_iter()
        .map(|(peer, figure)| Cell { rounds: vec![figure], ..Cell::empty(peer, "") })
        .collect();
    Row { workload: workload.to_owned(), what: what.to_owned(), unit: unit.to_owned(), cells }
}

/// A contestant's name and figure.
type Figure = (&'static str, f64);

/// From before the cache was made until it is full, so what is reserved in advance counts too.
/// Divided by the entries that it keeps.
fn bytes<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    count: Count,
    capacity: u64,
    expiry: bool,
) -> Option<Figure> {
    // The thread's runtime is none of the cache's memory.
    block_on(async {});
    let mut kept = None;
    let counted = count(&mut || {
        let cache = P::bounded(capacity as usize, expiry);
        // More than there is room for, as shards fill unevenly.
        let more = if P::EVICTS { capacity / 4 } else { 0 };
        fill::<K, V, P>(&cache, 0..capacity + more);
        kept = Some(cache);
    });
    let entries = kept.map(|cache| cache.entries()).unwrap_or_default();
    Some((P::NAME, counted.kept as f64 / entries as f64))
}

fn of_hits<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    count: Count,
) -> Option<Figure> {
    let cache = filled::<K, V, P>(1_000, true);
    let keys: Vec<_> = (0..1_000).map(K::numbered).collect();
    entered(|| hits(&cache, &keys));
    let counted = entered(|| {
        count(&mut || {
            black_box(hits(&cache, &keys));
        })
    });
    Some((P::NAME, counted.times as f64 / keys.len() as f64))
}

fn of_misses<K: Key, V: Value, P: Peer<K, V>>(
    _: PhantomData<(K, V, P)>,
    count: Count,
) -> Option<Figure> {
    if !P::EVICTS {
        return None;
    }
    let cache = full::<K, V, P>(CAPACITY, false);
    let keys: Vec<_> = (1_000_000..1_010_000).map(|number| (K::numbered(number), number)).collect();
    let counted = count(&mut || {
        block_on(async { black_box(missed(&cache, &keys).await) });
    });
    Some((P::NAME, counted.times as f64 / keys.len() as f64))
}

fn future<K: Key, V: Value, P: Peer<K, V>>(_: PhantomData<(K, V, P)>) -> Option<Figure> {
    let cache = filled::<K, V, P>(1, true);
    let key = K::numbered(0);
    let size = entered(|| size_of_val(&cache.ask(key.borrow(), || async { V::of(0) })));
    Some((P::NAME, size as f64 - 8.0))
}

fn of_configuration(workload: &str, count: Count) -> Figure {
    let (fixed, mutable) = mutable::both();
    block_on(async {
        fixed.call(7).await.expect("the load cannot fail");
        mutable.call(7).await.expect("the load cannot fail");
    });
    let counted = count(&mut || {
        let answer = if workload == "allocations-fixed" {
            now(fixed.call(black_box(7)))
        } else {
            now(mutable.call(black_box(7)))
        };
        assert_eq!(answer.ok(), Some(u64::of(7)));
    });
    ("evermemo", counted.times as f64)
}
