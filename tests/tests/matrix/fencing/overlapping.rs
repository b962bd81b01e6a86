//! Look-ups of a slow storage that overlap with loads.

use super::value_of;

use evermemo::{Builder, Source};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until, yielded,
};
use std::time::Duration;

on_every_runtime! {
    b103_overlapping_misses_make_one_load,
    p3_7_overlapping_reads_of_what_has_expired_make_one_load,
    b104_overlapping_stale_reads_make_one_refresh,
    p3_1_a_second_look_that_a_removal_overtook_answers_nobody,
    b104_a_stale_read_that_overlaps_with_an_invalidation_stores_nothing_old,
}

async fn b103_overlapping_misses_make_one_load<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .wrap(source.method());
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    assert_eq!(probe.count(Operation::Get, Moment::Began), 2);

    first.open();
    assert_eq!(a.await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(value_of(probe.within(), 7), Some(1));
    second.open();

    let b = b.await.unwrap();
    assert_eq!((b.value, b.source, source.count()), (1, Source::Hit, 1));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.hits, memo.cache().in_flight()), (1, 1, 0));
}

async fn p3_7_overlapping_reads_of_what_has_expired_make_one_load<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let life = Duration::from_millis(10);
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .expire_after(life)
        .wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    rt.advance(life);
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    first.open();
    assert_eq!(a.await.unwrap(), 2);
    until(&rt, || memo.cache().in_flight() == 0).await;
    second.open();

    assert_eq!((b.await.unwrap(), source.count()), (2, 2));
}

async fn b104_overlapping_stale_reads_make_one_refresh<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let (u, e) = (Duration::from_millis(10), Duration::from_secs(3600));
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .update_after(u)
        .expire_after(e)
        .wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    rt.advance(u);
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    let (mut a, mut b) = (Box::pin(memo.outcome(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    first.open();
    let a = a.await.unwrap();
    assert_eq!((a.value, a.source), (1, Source::Stale));
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
    until(&rt, || memo.cache().in_flight() == 0).await;
    second.open();

    let b = b.await.unwrap();
    assert!([1, 2].contains(&b.value));
    for _ in 0..10 {
        yielded().await;
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!((source.count(), memo.stats().refreshes), (2, 1));
}

/// The caller came before the invalidation, so that the old value is an answer to it; no other caller
/// sees it again.
async fn b104_a_stale_read_that_overlaps_with_an_invalidation_stores_nothing_old<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .update_after(Duration::ZERO)
        .wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    let gate = Gate::shut();
    probe.next(Operation::Get, Mode::Wait(gate.clone()));
    let mut a = Box::pin(memo.outcome(7));
    assert!(polled(&mut a).await.is_pending());

    memo.try_invalidate(&7).await.unwrap();
    gate.open();

    let a = a.await.unwrap();
    assert_eq!((a.value, a.source), (1, Source::Stale));
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_ne!(value_of(probe.within(), 7), Some(1));
    assert_ne!(memo.call(7).await.unwrap(), 1);
}

/// The leader's second look reads what an invalidation then removes; who joins after that must not
/// be told it.
async fn p3_1_a_second_look_that_a_removal_overtook_answers_nobody<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    let (first, second, release) = (Gate::shut(), Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Wait(release.clone()));
    let mut invalidation = Box::pin(memo.try_invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    first.open();
    while probe.count(Operation::Get, Moment::Began) < 3 {
        assert!(polled(&mut a).await.is_pending());
        yielded().await;
    }

    release.open();
    invalidation.await.unwrap();
    let mut late = Box::pin(memo.call(7));
    assert!(polled(&mut late).await.is_pending());
    second.open();

    assert!(a.await.is_ok());
    assert_eq!(late.await.unwrap(), 2);
}
