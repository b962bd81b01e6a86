//! Refreshes in the background, which hold up no caller.

use super::{Numbers, SECOND};

use evermemo::{Builder, Runtime, Source, testing};
use evermemo_tests::{Gate, Timed, ended, on_every_runtime, polled, until};
use futures_util::future::join_all;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_runtime! {
    p5_5_a_refresh_takes_no_permit_while_a_caller_waits,
    p5_5_a_refresh_that_a_caller_has_joined_waits_as_a_caller_does,
    p5_5_many_queued_refreshes_hold_up_no_caller,
}

const HOUR: Duration = Duration::from_secs(3600);

/// A memo of one permit, whose keys from 100 on wait at a gate, and the keys of its loads.
fn stale<R: Timed>(rt: &R) -> (Numbers<R>, Arc<Mutex<Vec<u32>>>, Gate) {
    let (begun, gate) = (Arc::new(Mutex::new(Vec::new())), Gate::shut());
    let (begins, passed) = (begun.clone(), gate.clone());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(20 * SECOND)
        .max_loads(1)
        .try_wrap(move |n: u32| {
            begins.lock().unwrap().push(n);
            let passed = passed.clone();
            async move {
                if n >= 100 {
                    passed.passed().await;
                }
                Ok(n)
            }
        });
    (memo, begun, gate)
}

/// Waits until all tasks have come to where they wait for a permit.
async fn queued<R: Timed>(rt: &R) {
    until(rt, || rt.begun() == rt.spawned()).await;
}

async fn p5_5_a_refresh_takes_no_permit_while_a_caller_waits<R: Timed>(rt: R) {
    let (memo, begun, gate) = stale(&rt);
    for key in 0..5 {
        memo.call(key).await.unwrap();
    }
    rt.advance(10 * SECOND);
    let mut holder = Box::pin(memo.call(100));
    assert!(polled(&mut holder).await.is_pending());
    for key in 0..5 {
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Stale);
    }
    let callers: Vec<_> = (10..13).map(|key| Box::pin(memo.call(key))).collect();
    let mut callers = join_all(callers);
    assert!(polled(&mut callers).await.is_pending());
    queued(&rt).await;
    begun.lock().unwrap().clear();

    gate.open();

    assert!(ended(&rt, callers).await.into_iter().all(|value| value.is_ok()));
    until(&rt, || memo.cache().in_flight() == 0).await;
    let mut begun = begun.lock().unwrap().clone();
    begun[..3].sort_unstable();
    assert_eq!((&begun[..3], begun.len()), (&[10, 11, 12][..], 8));
    assert!(ended(&rt, holder).await.is_ok());
}

async fn p5_5_a_refresh_that_a_caller_has_joined_waits_as_a_caller_does<R: Timed>(rt: R) {
    let (memo, begun, gate) = stale(&rt);
    for key in 0..3 {
        memo.call(key).await.unwrap();
    }
    rt.advance(10 * SECOND);
    let mut holder = Box::pin(memo.call(100));
    assert!(polled(&mut holder).await.is_pending());
    for key in 0..3 {
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Stale);
    }
    queued(&rt).await;
    rt.advance(10 * SECOND);
    let mut joiner = Box::pin(memo.outcome(1));
    assert!(polled(&mut joiner).await.is_pending());
    let mut caller = Box::pin(memo.call(50));
    assert!(polled(&mut caller).await.is_pending());
    queued(&rt).await;
    begun.lock().unwrap().clear();

    gate.open();

    assert_eq!(ended(&rt, joiner).await.unwrap().source, Source::Joined);
    assert!(ended(&rt, caller).await.is_ok());
    until(&rt, || memo.cache().in_flight() == 0).await;
    let mut begun = begun.lock().unwrap().clone();
    begun[..2].sort_unstable();
    assert_eq!((&begun[..2], begun.len()), (&[1, 50][..], 4));
    assert!(ended(&rt, holder).await.is_ok());
}

/// As many as there are, none runs before the callers' loads.
async fn p5_5_many_queued_refreshes_hold_up_no_caller<R: Timed>(rt: R) {
    let (memo, begun, gate) = stale(&rt);
    let keys = 1_000..1_300;
    for key in keys.clone() {
        memo.insert(key, key).await;
    }
    rt.advance(10 * SECOND);
    let mut holder = Box::pin(memo.call(100));
    assert!(polled(&mut holder).await.is_pending());
    for key in keys {
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Stale);
    }
    let callers: Vec<_> = (0..10).map(|key| Box::pin(memo.call(key))).collect();
    let mut callers = join_all(callers);
    assert!(polled(&mut callers).await.is_pending());
    queued(&rt).await;

    gate.open();

    assert!(ended(&rt, callers).await.into_iter().all(|value| value.is_ok()));
    let before = begun.lock().unwrap().iter().position(|key| *key >= 1_000);
    assert!(before.is_none_or(|before| before == 11), "{before:?}");
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(begun.lock().unwrap().len(), 311);
    assert!(ended(&rt, holder).await.is_ok());
}

#[test]
fn p5_5_refreshes_of_many_stale_keys_hold_up_no_caller() {
    testing::run(async |time| {
        let clock = time.clone();
        let memo = Builder::on(time.clone())
            .capacity(2_000)
            .update_after(10 * SECOND)
            .expire_after(HOUR)
            .max_loads(1)
            .wrap(move |n: u32| {
                let sleep = clock.sleep(SECOND);
                async move {
                    sleep.await;
                    n
                }
            });
        for key in 0..1_000 {
            memo.insert(key, key).await;
        }
        time.advance(10 * SECOND).await;
        for key in 0..1_000 {
            assert_eq!(memo.outcome(key).await.unwrap().source, Source::Stale);
        }
        let start = time.elapsed();

        // Each waits for the load that runs, and for its own.
        for key in 2_000..2_003 {
            memo.call(key).await.unwrap();
        }

        let took = time.elapsed() - start;
        assert!(took <= 6 * SECOND, "{took:?}");
    });
}
