//! Deadlines of loads.

use super::memory;

use evermemo::{Builder, InMemoryLocks, Runtime, Source};
use evermemo_tests::{Drops, Numbered, Recording, Timed, on_every_runtime, polled, stored, until};
use std::{sync::Arc, time::Duration};

on_every_runtime! {
    b31_a_load_past_its_timeout_is_dropped_and_everybody_told,
    b54_a_timeout_of_zero_never_starts_the_load,
    p2_8_an_overdue_flight_is_superseded,
    p2_8_an_overdue_load_is_not_stored_though_it_ends,
    p2_8_an_abandoned_load_keeps_its_deadline,
    b41_the_lock_timeout_bounds_a_load_that_has_no_timeout,
    b42_a_load_past_its_lock_timeout_cannot_touch_its_successor,
}

async fn b31_a_load_past_its_timeout_is_dropped_and_everybody_told<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::open(), Drops::default());
    source.gates.shut_at(1);
    let builder = Builder::on(rt.plain()).method_timeout(Duration::from_millis(20));
    let memo = builder.wrap(drops.watch(&source));
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    let led = a.await.expect_err("it hangs");
    assert_eq!(drops.count(), 1);
    assert!(led.is_timeout() && !led.is_joined());
    assert_eq!(led.to_string(), "refresh timed out");
    let joined = b.await.expect_err("it hangs");
    assert!(joined.is_timeout() && joined.is_joined());
    assert_eq!(joined.to_string(), "concurrent refresh failed to complete");

    assert_eq!((memo.len(), memo.cache().in_flight(), memo.stats().timeouts), (0, 0, 1));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
}

async fn b54_a_timeout_of_zero_never_starts_the_load<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).method_timeout(Duration::ZERO).wrap(source.method());

    let error = memo.call(7).await.expect_err("it has no time");

    assert!(error.is_timeout());
    assert_eq!(error.to_string(), "refresh timed out");
    let stats = memo.stats();
    assert_eq!((source.count(), stats.loads, stats.timeouts, stats.calls()), (0, 1, 1, 1));
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn p2_8_an_overdue_flight_is_superseded<R: Timed>(rt: R) {
    let (plain, source, storage) = (rt.plain(), Numbered::open(), memory());
    source.gates.shut_at(1);
    let builder = Builder::on(plain.clone()).storage(storage.clone());
    let memo = builder.method_timeout(Duration::from_millis(20)).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    plain.sleep(Duration::from_millis(40)).await;

    let b = memo.outcome(7).await.unwrap();

    assert_eq!((b.value, b.source, source.count()), (2, Source::Loaded, 2));
    assert!(a.await.expect_err("it is overdue").is_timeout());
    assert_eq!(stored(&storage, &7).map(|entry| entry.value), Some(2));
    assert_eq!(memo.cache().in_flight(), 0);
}

/// The load is ready when it is polled at last, past its deadline and its successor.
async fn p2_8_an_overdue_load_is_not_stored_though_it_ends<R: Timed>(rt: R) {
    let (plain, source, storage) = (rt.plain(), Numbered::open(), memory());
    source.gates.shut_at(1);
    let builder = Builder::on(plain.clone()).storage(storage.clone());
    let memo = builder.method_timeout(Duration::from_millis(20)).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    plain.sleep(Duration::from_millis(40)).await;
    assert_eq!(memo.call(7).await.unwrap(), 2);

    source.gates.open_at(1);

    match a.await {
        Ok(value) => assert_eq!(value, 1),
        Err(error) => assert!(error.is_timeout()),
    }
    assert_eq!(stored(&storage, &7).map(|entry| entry.value), Some(2));
    assert_eq!(memo.call(7).await.unwrap(), 2);
}

async fn p2_8_an_abandoned_load_keeps_its_deadline<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::open(), Drops::default());
    source.gates.shut_at(1);
    let builder = Builder::on(rt.plain()).method_timeout(Duration::from_millis(20));
    let memo = builder.wrap(drops.watch(&source));
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());

    drop(a);

    until(&rt, || drops.count() == 1 && memo.cache().in_flight() == 0).await;
    assert_eq!((memo.len(), memo.stats().timeouts), (0, 1));
    assert_eq!(memo.call(7).await.unwrap(), 2);
}

async fn b41_the_lock_timeout_bounds_a_load_that_has_no_timeout<R: Timed>(rt: R) {
    let (plain, source, drops) = (rt.plain(), Numbered::open(), Drops::default());
    source.gates.shut_at(1);
    let strategy = Arc::new(Recording::new());
    let method = drops.watch(&source);
    let memo = Builder::on(plain.clone())
        .method_timeout(None)
        .eviction_strategy(strategy.clone())
        .update_statuses(InMemoryLocks::new(Duration::from_millis(30)))
        .wrap(method);
    let start = plain.now();
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    assert!(a.await.expect_err("it hangs").is_timeout());
    assert!(b.await.expect_err("it hangs").is_timeout());
    assert!(plain.now().saturating_since(start) >= Duration::from_millis(30));
    assert_eq!((drops.count(), strategy.written()), (1, vec![]));

    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (2, Source::Loaded, 2));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    assert_eq!(strategy.written(), [7]);
}

async fn b42_a_load_past_its_lock_timeout_cannot_touch_its_successor<R: Timed>(rt: R) {
    let (plain, source, storage) = (rt.plain(), Numbered::shut(), memory());
    let memo = Builder::on(plain.clone())
        .method_timeout(None)
        .storage(storage.clone())
        .update_statuses(InMemoryLocks::new(Duration::from_millis(300)))
        .wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    plain.sleep(Duration::from_millis(320)).await;
    let (mut b, mut c) = (Box::pin(memo.outcome(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut b).await.is_pending());
    assert!(polled(&mut c).await.is_pending());
    assert_eq!(source.count(), 2);

    assert!(a.await.expect_err("it is overdue").is_timeout());
    assert!(polled(&mut b).await.is_pending());
    assert!(polled(&mut c).await.is_pending());
    source.gates.open_at(2);

    let (b, c) = (b.await.unwrap(), c.await.unwrap());
    assert_eq!((b.value, b.source), (2, Source::Loaded));
    assert_eq!((c.value, c.source), (2, Source::Joined));
    assert_eq!(stored(&storage, &7).map(|entry| entry.value), Some(2));
    assert_eq!((source.count(), memo.cache().in_flight()), (2, 0));
}
