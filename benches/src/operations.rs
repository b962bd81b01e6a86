//! Single operations, over and over, for a program that counts what they do.

use alloc::sync::Arc;
use core::{
    convert::Infallible,
    future::poll_fn,
    hint::black_box,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::Duration,
};

use evermemo::memoize;
use evermemo_core::{
    Builder, Cache, ConfigurationSource, DefaultInMemoryCacheConfiguration, Memo,
    MutableCacheConfiguration,
};

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
pub const OPERATIONS: [Operation; 8] = [
    operation(LOOP, "the loop around each", empty),
    operation("hit", "hit, `u64`, no expiry", hit),
    operation("hit-expiry", "hit, `u64`, with expiry", hit_expiry),
    operation("hit-str", "hit, `&str` → `Arc`, no expiry", hit_str),
    operation("hit-memoize", "hit through `#[memoize]`, `u64`, with expiry", hit_memoize),
    operation(
        "hit-mutable",
        "hit through the mutable configuration, `u64`, with expiry",
        hit_mutable,
    ),
    operation("miss", "miss, load, insertion and eviction, `u64`", miss),
    Operation {
        looped: false,
        ..operation("join", "joining a load, up to its answer, `u64`", join)
    },
];

const fn operation(name: &'static str, what: &'static str, repeat: fn(usize)) -> Operation {
    Operation { name, what, looped: true, repeat }
}

/// So many entries a hit is one of.
const ENTRIES: usize = 1_000;

/// So many entries a miss finds, as many as there can be.
const CAPACITY: usize = 10_000;

fn empty(calls: usize) {
    repeat(&numbers(), calls, |&n| n);
}

fn hit(calls: usize) {
    let memo = Builder::on(Clocked)
        .update_after(Duration::MAX)
        .expire_after(Duration::MAX)
        .wrap(async |n: u64| n);
    hits(&memo, calls);
}

fn hit_expiry(calls: usize) {
    hits(&Builder::on(Clocked).wrap(async |n: u64| n), calls);
}

fn hit_mutable(calls: usize) {
    let configuration =
        MutableCacheConfiguration::initialized_with(DefaultInMemoryCacheConfiguration::default());
    hits(&Builder::on(Clocked).configuration(configuration).wrap(async |n: u64| n), calls);
}

fn hit_str(calls: usize) {
    let memo = Builder::on(Clocked)
        .update_after(Duration::MAX)
        .expire_after(Duration::MAX)
        .wrap(async |text: String| Arc::new(text.len() as u64));
    let keys: Vec<_> = numbers().iter().map(|n| format!("key number {n}")).collect();
    let ask = |key: &String| now(memo.call_ref(key.as_str())).map_or(0, |length| *length);
    for key in &keys {
        assert_eq!(ask(key), key.len() as u64);
    }
    repeat(&keys, calls, ask);
    assert_eq!(memo.stats().loads, ENTRIES);
}

fn hit_memoize(calls: usize) {
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(same(n)).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(same(n)).unwrap_or_default());
    assert_eq!(same::cache().stats().loads, ENTRIES);
}

#[memoize(runtime = Clocked)]
async fn same(n: u64) -> u64 {
    n
}

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

fn join(calls: usize) {
    let open = Arc::new(AtomicBool::new(false));
    let gate = open.clone();
    let memo = Builder::on(Clocked).wrap(move |n: u64| {
        let gate = gate.clone();
        poll_fn(move |_| if gate.load(Ordering::Relaxed) { Poll::Ready(n) } else { Poll::Pending })
    });
    // The first one leads.
    let mut callers: Vec<_> = (0..=calls).map(|_| memo.call(black_box(7))).collect();
    assert!(callers.iter_mut().all(|call| waits(Pin::new(call))));
    open.store(true, Ordering::Relaxed);
    run_tasks();
    let answers = callers.into_iter().map(|call| now(call).unwrap_or_default());
    assert_eq!(answers.sum::<u64>(), 7 * (calls as u64 + 1));
    assert_eq!((memo.stats().loads, memo.stats().joins), (1, calls));
}

fn numbers() -> Vec<u64> {
    (0..ENTRIES as u64).collect()
}

/// Hits of a memo whose function returns its argument.
#[inline(always)]
fn hits<C>(memo: &Memo<u64, u64, Infallible, Clocked, C>, calls: usize)
where
    C: ConfigurationSource<u64, u64>,
{
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(memo.call(n)).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(memo.call(n)).unwrap_or_default());
    assert_eq!(memo.stats().loads, ENTRIES);
}

/// Asks for each key in turn, and for the first one again after the last.
#[inline(always)]
fn repeat<T>(keys: &[T], calls: usize, ask: impl Fn(&T) -> u64) {
    let mut answers = 0_u64;
    for key in keys.iter().cycle().take(calls) {
        answers = answers.wrapping_add(black_box(ask(black_box(key))));
    }
    black_box(answers);
}
