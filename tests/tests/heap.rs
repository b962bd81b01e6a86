//! What a cache keeps of calls that are over: in a program of its own, as the heap is one for all.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "tests have std")]

use evermemo::{Backoff, Builder, LeastRecentlyUpdatedEvictionStrategy, Policy, SmolLocal};
use evermemo_tests::{ByHand, Timed, polled, yielded};
use peak_alloc::PeakAlloc;
use std::{cell::Cell, rc::Rc, time::Duration};

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
    rt.block_on(errors_are_kept_for_a_while(rt.clone()));
    rt.block_on(refreshes_fail_for_a_while(rt.clone()));
    rt.block_on(refreshes_fail_of_entries_that_leave(rt.clone()));
    rt.block_on(everything_fails_at_once(rt.clone()));
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
            memo.invalidate(&key).await;
        }
    }
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
    assert_kept_from(before, "after invalidations");
}

async fn errors_are_kept_for_a_while(rt: SmolLocal) {
    let rt = ByHand::new(rt);
    let memo = Builder::on(rt.clone())
        .capacity(CAPACITY)
        .cache_errors_for(Duration::from_secs(10))
        .try_wrap(|key: u32| async move { if key == 0 { Ok(()) } else { Err(payload(key)) } });
    let (mut before, mut key) = (0, 0);
    for failures in [10_000, MISSES / 2] {
        before = HEAP.current_usage();
        for _ in 0..failures {
            key += 1;
            assert!(memo.call(key).await.is_err());
        }
        // At most 4,096 are kept, and with their time they are forgotten.
        assert!(HEAP.current_usage() < before + 4_096 * 2_000);
        rt.advance(Duration::from_secs(10));
        memo.force_refresh(0).await.unwrap();
    }
    assert_kept_from(before, "after errors that were kept");
}

async fn refreshes_fail_for_a_while(rt: SmolLocal) {
    let rt = ByHand::new(rt);
    let up = Rc::new(Cell::new(true));
    let memo = Builder::on(rt.clone())
        .capacity(CAPACITY)
        .expire_after(Duration::from_secs(1))
        .stale_if_error(Duration::from_secs(3600))
        .try_wrap_local({
            let up = up.clone();
            move |_: u32| {
                let up = up.get();
                async move { if up { Ok(()) } else { Err("down") } }
            }
        });
    let (mut before, mut key, mut stood_in) = (0, 0, 0);
    for failures in [1_000, MISSES / 2] {
        before = HEAP.current_usage();
        for _ in 0..failures / 10 {
            up.set(true);
            for key in key..key + 10 {
                memo.call(key).await.unwrap();
            }
            rt.advance(Duration::from_secs(1));
            up.set(false);
            for key in key..key + 10 {
                // Not all of them were admitted.
                stood_in += usize::from(memo.call(key).await.is_ok());
            }
            key += 10;
        }
        // The pauses are over, and a load that works tidies up.
        rt.advance(Duration::from_secs(3600));
        up.set(true);
        memo.call(key).await.unwrap();
    }
    assert!(stood_in > MISSES as usize / 50, "{stood_in} were answered with what had expired");
    assert_kept_from(before, "after loads that something stood in for");
}

/// The note of a failure leaves with the entry, however long it pauses, and whatever makes it
/// leave.
async fn refreshes_fail_of_entries_that_leave(rt: SmolLocal) {
    let (hour, rt) = (Duration::from_secs(3600), ByHand::new(rt));
    for (strategy, pause) in [(false, hour), (false, Duration::MAX), (true, Duration::MAX)] {
        let up = Rc::new(Cell::new(true));
        let builder = Builder::on(rt.clone())
            .update_after(Duration::from_secs(1))
            .expire_after(Duration::MAX)
            .refresh_backoff(Backoff::exponential(pause, pause));
        let load = {
            let up = up.clone();
            move |_: u32| {
                let up = up.get();
                async move { if up { Ok(()) } else { Err("down") } }
            }
        };
        let memo = match strategy {
            true => builder
                .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(CAPACITY))
                .try_wrap_local(load),
            false => builder.capacity(CAPACITY).policy(Policy::Lru).try_wrap_local(load),
        };
        let (mut before, mut key) = (0, 0);
        for keys in [1_000, 30_000] {
            before = HEAP.current_usage();
            for _ in 0..keys / 10 {
                up.set(true);
                for key in key..key + 10 {
                    memo.call(key).await.unwrap();
                }
                rt.advance(Duration::from_secs(1));
                up.set(false);
                for key in key..key + 10 {
                    // Those that were not admitted have nothing to be refreshed.
                    let _answer = memo.call(key).await;
                }
                while memo.cache().in_flight() > 0 {
                    yielded().await;
                }
                key += 10;
            }
        }
        assert!(memo.stats().refresh_failures > 10_000, "{}", memo.stats().refresh_failures);
        assert_kept_from(before, "after refreshes of what has left");
    }
}

/// What is known of the failures of all entries is given back, the room for it included.
async fn everything_fails_at_once(rt: SmolLocal) {
    let rt = ByHand::new(rt);
    let up = Rc::new(Cell::new(true));
    let memo = Builder::on(rt.clone())
        .capacity(50_000)
        .expire_after(Duration::from_secs(1))
        .stale_if_error(Duration::from_secs(3600))
        .try_wrap_local({
            let up = up.clone();
            move |_: u32| {
                let up = up.get();
                async move { if up { Ok(()) } else { Err("down") } }
            }
        });
    for _ in 0..2 {
        for key in 0..50_000 {
            memo.call(key).await.unwrap();
        }
        rt.advance(Duration::from_secs(1));
    }
    let before = HEAP.current_usage();
    up.set(false);
    for key in 0..50_000 {
        memo.call(key).await.unwrap();
    }
    assert_eq!(memo.stats().load_failures, 50_000);
    assert!(HEAP.current_usage() > before + SLACK, "failures are remembered");
    rt.advance(Duration::from_secs(60));
    up.set(true);
    for key in 0..50_000 {
        memo.call(key).await.unwrap();
    }
    assert_kept_from(before, "after an outage");
}

fn payload(key: u32) -> Vec<u8> {
    vec![key as u8; 1_000]
}

fn assert_kept_from(before: usize, when: &str) {
    let now = HEAP.current_usage();
    assert!(now <= before + SLACK, "{when}: {now} bytes, after {before}");
}
