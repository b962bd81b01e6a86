//! Single operations, for daily work: `cargo bench -p evermemo-benches`.
//!
//! Those with a clock are on that of the process, as on any adapter.

extern crate alloc;

use alloc::sync::Arc;
use core::{
    convert::Infallible,
    future::poll_fn,
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
    time::Duration,
};

use divan::{Bencher, black_box, counter::ItemsCount};
use evermemo_benches::{Clocked, Still, now, run_tasks, waits};
use evermemo_core::{Builder, Cache, Policy};

/// A cache whose loads come with the calls.
type Numbers = Cache<u64, u64, Infallible, Clocked>;

/// Entries of a full cache.
const CAPACITY: usize = 10_000;

/// Callers of one key.
const CALLERS: usize = 100;

fn main() {
    divan::main();
}

/// The engine's own cost: there is no clock, and no entry grows old.
#[divan::bench]
fn hit(bencher: Bencher<'_, '_>) {
    let memo = without_expiry(Builder::on(Still)).wrap(async |n: u64| n);
    now(memo.call(7)).expect("the load cannot fail");
    bencher.bench_local(|| now(memo.call(black_box(7))));
}

#[divan::bench]
fn hit_by_reference(bencher: Bencher<'_, '_>) {
    let memo = without_expiry(Builder::on(Still)).wrap(async |text: String| text.len());
    now(memo.call_ref("seven")).expect("the load cannot fail");
    bencher.bench_local(|| now(memo.call_ref(black_box("seven"))));
}

#[divan::bench]
fn hit_with_expiry(bencher: Bencher<'_, '_>) {
    let memo = Builder::on(Clocked).wrap(async |n: u64| n);
    now(memo.call(7)).expect("the load cannot fail");
    bencher.bench_local(|| now(memo.call(black_box(7))));
}

/// A call, its load, and the insertion of what it brings, which takes no other entry's place.
#[divan::bench]
fn miss(bencher: Bencher<'_, '_>) {
    let cache: Numbers = Builder::on(Clocked).capacity(usize::MAX).build();
    let mut keys = 0_u64..;
    bencher.bench_local(|| {
        let key = black_box(keys.next().unwrap_or_default());
        let answer = now(cache.get_with(key, async |n| Ok(n)));
        (answer.unwrap_or_default(), Forget(&cache, key))
    });
}

/// Removes an entry when it is dropped, which happens while the clock does not run.
struct Forget<'a>(&'a Numbers, u64);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        now(self.0.invalidate(&self.1));
    }
}

/// The same into a full cache, which lets one go.
#[divan::bench(args = POLICIES)]
fn miss_with_eviction(bencher: Bencher<'_, '_>, policy: Policy) {
    let cache: Numbers = full(policy);
    let mut keys = CAPACITY as u64..;
    bencher.bench_local(|| {
        now(cache.get_with(black_box(keys.next().unwrap_or_default()), async |n| Ok(n)))
    });
}

/// Callers of one key, who come while it loads, up to the last answer.
#[divan::bench(counters = [ItemsCount::new(CALLERS)])]
fn stampede_of_100(bencher: Bencher<'_, '_>) {
    let open = Arc::new(AtomicBool::new(false));
    let gate = open.clone();
    let memo = Builder::on(Clocked).capacity(CAPACITY).wrap(move |n: u64| {
        let gate = gate.clone();
        poll_fn(move |_| if gate.load(Ordering::Relaxed) { Poll::Ready(n) } else { Poll::Pending })
    });
    let mut keys = 0_u64..;
    bencher.bench_local(|| {
        let key = black_box(keys.next().unwrap_or_default());
        open.store(false, Ordering::Relaxed);
        let mut calls: Vec<_> = (0..CALLERS).map(|_| Box::pin(memo.call(key))).collect();
        assert!(calls.iter_mut().all(|call| waits(call.as_mut())));
        open.store(true, Ordering::Relaxed);
        run_tasks();
        calls.into_iter().map(|call| now(call).unwrap_or_default()).sum::<u64>()
    });
    assert_eq!(memo.stats().loads as u64, keys.start);
}

/// Over a value that is there.
#[divan::bench]
fn insert(bencher: Bencher<'_, '_>) {
    let cache: Numbers = full(Policy::default());
    bencher.bench_local(|| now(cache.insert(black_box(7), black_box(8))));
}

/// A new key, into a full cache.
#[divan::bench(args = POLICIES)]
fn insert_with_eviction(bencher: Bencher<'_, '_>, policy: Policy) {
    let cache: Numbers = full(policy);
    let mut keys = CAPACITY as u64..;
    bencher.bench_local(|| now(cache.insert(black_box(keys.next().unwrap_or_default()), 8)));
}

#[divan::bench]
fn invalidate(bencher: Bencher<'_, '_>) {
    let cache: Numbers = Builder::on(Clocked).capacity(usize::MAX).build();
    let mut keys = 0_u64..;
    bencher
        .with_inputs(|| {
            let key = keys.next().unwrap_or_default();
            now(cache.insert(key, 7));
            key
        })
        .bench_local_values(|key| now(cache.invalidate(&key)));
}

/// In the order of the documentation.
const POLICIES: [Policy; 4] =
    [Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru];

fn without_expiry(builder: Builder<Still>) -> Builder<Still> {
    builder.update_after(Duration::MAX).expire_after(Duration::MAX)
}

fn full(policy: Policy) -> Numbers {
    let cache: Numbers = Builder::on(Clocked).capacity(CAPACITY).policy(policy).build();
    for n in 0..CAPACITY as u64 {
        now(cache.insert(n, n));
    }
    cache
}
