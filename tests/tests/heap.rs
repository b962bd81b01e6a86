//! What a cache keeps of calls that are over: in a program of its own, as the heap is one for all.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use evermemo::{Builder, LeastRecentlyUpdatedEvictionStrategy, SmolLocal};
use evermemo_tests::{polled, yielded};
use peak_alloc::PeakAlloc;
use std::time::Duration;

// Of all threads: timers are freed by another one than made them.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const CAPACITY: usize = 10;
const MISSES: u32 = 200_000;
const SLACK: usize = 64 * 1024;

/// One test, as the heap is one for all that run at a time.
#[test]
fn p5_3_nothing_per_key_outlives_its_entry() {
    let before = HEAP.current_usage();
    let kept: Vec<_> = (0..100).map(payload).collect();
    assert!(HEAP.current_usage() > before + SLACK, "the counter counts");
    drop(kept);

    let rt = SmolLocal::default();
    rt.block_on(every_load_ends_well(rt.clone()));
    rt.block_on(half_of_the_loads_fail_and_callers_leave(rt.clone()));
    rt.block_on(a_strategy_bounds_the_storage(rt.clone()));
    rt.block_on(keys_are_invalidated(rt.clone()));
}

async fn every_load_ends_well(rt: SmolLocal) {
    let memo = Builder::on(rt)
        .capacity(CAPACITY)
        .method_timeout(Duration::from_secs(60))
        .wrap(|key: u32| async move { payload(key) });
    let (mut before, mut key) = (0, 0);
    for misses in [1_000, MISSES] {
        before = HEAP.current_usage();
        for _ in 0..misses {
            key += 1;
            assert_eq!(memo.call(key).await.unwrap().len(), 1_000);
        }
    }
    assert_eq!((memo.len(), memo.cache().in_flight()), (CAPACITY, 0));
    assert_kept_from(before, "after loads that end well");
}

async fn half_of_the_loads_fail_and_callers_leave(rt: SmolLocal) {
    let memo = Builder::on(rt).capacity(CAPACITY).method_timeout(Duration::from_secs(60)).try_wrap(
        |key: u32| async move {
            if key.is_multiple_of(10) {
                yielded().await;
            }
            if key.is_multiple_of(2) { Err(payload(key)) } else { Ok(payload(key)) }
        },
    );
    let (mut before, mut key) = (0, 0);
    for misses in [1_000, MISSES] {
        before = HEAP.current_usage();
        for _ in 0..misses {
            key += 1;
            let mut call = Box::pin(memo.call(key));
            if key.is_multiple_of(10) {
                assert!(polled(&mut call).await.is_pending());
                drop(call);
                // It goes on alone. Not all at once: tables keep the size of their fullest moment.
                while memo.cache().in_flight() > 0 {
                    yielded().await;
                }
            } else {
                assert_eq!(call.await.is_err(), key.is_multiple_of(2));
            }
        }
    }
    assert_eq!((memo.len(), memo.cache().in_flight()), (CAPACITY, 0));
    assert_kept_from(before, "after loads that fail or are left");
}

async fn a_strategy_bounds_the_storage(rt: SmolLocal) {
    let memo = Builder::on(rt)
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(CAPACITY))
        .wrap(|key: u32| async move { payload(key) });
    let (mut before, mut key) = (0, 0);
    for misses in [1_000, MISSES / 4] {
        before = HEAP.current_usage();
        for _ in 0..misses {
            key += 1;
            assert_eq!(memo.call(key).await.unwrap().len(), 1_000);
        }
    }
    assert_eq!((memo.len(), memo.cache().in_flight()), (CAPACITY, 0));
    assert_kept_from(before, "under a strategy");
}

async fn keys_are_invalidated(rt: SmolLocal) {
    let memo = Builder::on(rt)
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(usize::MAX))
        .wrap(|key: u32| async move { payload(key) });
    let (mut before, mut key) = (0, 0);
    for misses in [1_000, MISSES / 4] {
        before = HEAP.current_usage();
        for _ in 0..misses {
            key += 1;
            memo.call(key).await.unwrap();
            memo.invalidate(&key).await.unwrap();
        }
    }
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
    assert_kept_from(before, "after invalidations");
}

fn payload(key: u32) -> Vec<u8> {
    vec![key as u8; 1_000]
}

fn assert_kept_from(before: usize, when: &str) {
    let now = HEAP.current_usage();
    assert!(now <= before + SLACK, "{when}: {now} bytes, after {before}");
}
