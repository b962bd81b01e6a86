//! Single operations, over and over, for a program that counts what they do.

mod hits;
mod looped;
mod wrapped;

use alloc::sync::Arc;
use core::{
    convert::Infallible,
    future::poll_fn,
    hint::black_box,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

use evermemo_core::{Builder, Cache};

use self::looped::repeat;
use crate::{Clocked, now, run_tasks, waits};

/// An operation that can be repeated.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Whether [`LOOP`] is around it.
    pub looped: bool,
    /// Makes it so many times. What has to be there first is made first, and costs the same whatever
    /// the number.
    pub repeat: fn(usize),
}

/// The loop around hits, without a hit.
pub const LOOP: &str = "loop";

/// All operations.
pub const OPERATIONS: [Operation; 14] = [
    operation(LOOP, "the loop around each", looped::empty),
    operation("hit", "hit, `u64`, no expiry", hits::of_numbers),
    operation("hit-expiry", "hit, `u64`, with expiry", hits::with_expiry),
    operation("hit-str", "hit, `&str` → `Arc`, no expiry", hits::of_text),
    operation("hit-memoize", "hit through `#[memoize]`, `u64`, with expiry", hits::of_a_function),
    operation(
        "hit-get-with",
        "hit of a call that brings its load, `u64`, with expiry",
        hits::of_calls_with_loads,
    ),
    operation("hit-lru", "hit under `Policy::Lru`, `u64`, with expiry", hits::under_lru),
    operation(
        "hit-mutable",
        "hit through the mutable configuration, `u64`, with expiry",
        hits::through_the_mutable_configuration,
    ),
    operation(
        "hit-extractor",
        "hit by what an extractor makes of the arguments, `u64`, with expiry",
        hits::by_an_extractor,
    ),
    operation(
        "hit-postprocessing",
        "hit with a postprocessing, `u64`, with expiry",
        hits::with_a_postprocessing,
    ),
    operation(
        "hit-storage",
        "hit in a storage of one's own, `u64`, with expiry",
        hits::in_a_storage_of_ones_own,
    ),
    operation("miss", "miss, load, insertion and eviction, `u64`", miss),
    operation("insert", "insertion of a new key and eviction, `u64`", insert),
    Operation {
        looped: false,
        ..operation("join", "joining a load, up to its answer, `u64`", join)
    },
];

const fn operation(name: &'static str, what: &'static str, repeat: fn(usize)) -> Operation {
    Operation { name, what, looped: true, repeat }
}

/// So many entries a miss finds, as many as there can be.
const CAPACITY: usize = 10_000;

fn miss(calls: usize) {
    let cache: Cache<u64, u64, Infallible, Clocked> =
        Builder::on(Clocked).capacity(CAPACITY).build();
    let ask = |&n: &u64| now(cache.get_with(n, async |n| Ok(n))).unwrap_or_default();
    // Twice as many, so that what a policy learns of those who have left is there too.
    let before = 2 * CAPACITY;
    (0..before as u64).for_each(|n| assert_eq!(ask(&n), n));
    let keys: Vec<_> = (before as u64..).take(calls).collect();
    repeat(&keys, calls, ask);
    assert_eq!((cache.stats().loads, cache.len()), (before + calls, CAPACITY));
}

fn insert(calls: usize) {
    let cache: Cache<u64, u64, Infallible, Clocked> =
        Builder::on(Clocked).capacity(CAPACITY).build();
    let insert = |&n: &u64| {
        now(cache.insert(n, n));
        n
    };
    // Twice as many, as before a miss.
    let before = 2 * CAPACITY;
    (0..before as u64).for_each(|n| assert_eq!(insert(&n), n));
    let keys: Vec<_> = (before as u64..).take(calls).collect();
    repeat(&keys, calls, insert);
    assert_eq!((cache.stats().evicted, cache.len()), (CAPACITY + calls, CAPACITY));
}

fn join(calls: usize) {
    let open = Arc::new(AtomicBool::new(false));
    let gate = open.clone();
    let memo = Builder::on(Clocked).wrap(move |n: u64| {
        let gate = gate.clone();
        poll_fn(move |_| if gate.load(Ordering::Relaxed) { Poll::Ready(n) } else { Poll::Pending })
    });
    // The first one leads. Each is pinned in a box, which is one allocation more.
    let mut callers: Vec<_> = (0..=calls).map(|_| Box::pin(memo.call(black_box(7)))).collect();
    assert!(callers.iter_mut().all(|call| waits(call.as_mut())));
    open.store(true, Ordering::Relaxed);
    run_tasks();
    let answers = callers.into_iter().map(|call| now(call).unwrap_or_default());
    assert_eq!(answers.sum::<u64>(), 7 * (calls as u64 + 1));
    assert_eq!((memo.stats().loads, memo.stats().joins), (1, calls));
}
