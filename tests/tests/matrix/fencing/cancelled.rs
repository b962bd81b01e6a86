//! Changes from outside that are dropped at each point where they wait.

use super::value_of;

use evermemo::{Builder, LeastRecentlyUpdatedEvictionStrategy};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until,
};
use std::time::Duration;

use crate::flights::soon;

on_every_runtime! {
    an_invalidation_dropped_while_a_write_is_under_way,
    an_invalidation_dropped_while_it_releases,
    an_invalidation_dropped_while_it_evicts,
    a_clear_dropped_while_a_write_is_under_way,
    a_clear_dropped_while_the_storage_clears,
    an_insertion_dropped_while_a_write_is_under_way,
    an_insertion_dropped_while_it_writes,
    an_insertion_dropped_while_it_evicts,
}

async fn an_invalidation_dropped_while_a_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let mut invalidation = Box::pin(memo.invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());

    drop(invalidation);

    // What was in flight is superseded all the same, and the storage holds what it was writing.
    assert_eq!(memo.cache().in_flight(), 0);
    gate.open();
    until(&rt, || probe.count(Operation::Offer, Moment::Ended) == 1).await;
    soon(&rt, Box::pin(memo.invalidate(&7))).await.unwrap();
    assert_eq!(value_of(probe.within(), 7), None);
    assert_eq!(memo.call(7).await.unwrap(), 2);
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
}

async fn an_invalidation_dropped_while_it_releases<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Hang);
    let mut invalidation = Box::pin(memo.invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());

    drop(invalidation);

    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 1);
    // Its lane is free: the next write and the next removal get through.
    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2);
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
    soon(&rt, Box::pin(memo.invalidate(&7))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (None, 0));
}

async fn an_invalidation_dropped_while_it_evicts<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(source.method());
    // The first release, on eviction, fails: there is one too many.
    probe.next(Operation::Release, Mode::Fail("no"));
    for key in [1, 2, 3] {
        assert!(memo.call(key).await.is_ok());
        until(&rt, || memo.cache().in_flight() == 0).await;
        if key == 2 {
            until(&rt, || memo.stats().storage_errors == 1).await;
            probe.next(Operation::Release, Mode::Fail("no"));
        }
    }
    until(&rt, || memo.stats().storage_errors == 2).await;
    assert_eq!(memo.len(), 3);
    probe.next(Operation::Release, Mode::Pass);
    probe.next(Operation::Release, Mode::Hang);
    let mut invalidation = Box::pin(memo.invalidate(&3));
    assert!(polled(&mut invalidation).await.is_pending());
    assert_eq!(memo.len(), 2);

    drop(invalidation);

    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 1);
    assert!(soon(&rt, Box::pin(memo.call(4))).await.is_ok());
    until(&rt, || memo.len() == 1 && value_of(probe.within(), 4).is_some()).await;
    until(&rt, || memo.cache().in_flight() == 0).await;
}

async fn a_clear_dropped_while_a_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.allow_clear();
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    // The second waits for the first.
    let (mut first, mut second) = (Box::pin(memo.clear()), Box::pin(memo.clear()));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());

    drop(second);
    drop(first);

    // Other keys are written meanwhile.
    assert_eq!(soon(&rt, Box::pin(memo.call(8))).await.unwrap(), 2);
    until(&rt, || value_of(probe.within(), 8) == Some(2)).await;
    gate.open();
    soon(&rt, Box::pin(memo.clear())).await.unwrap();
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
}

async fn a_clear_dropped_while_the_storage_clears<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    probe.allow_clear();
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Clear, Mode::Hang);
    let mut clear = Box::pin(memo.clear());
    assert!(polled(&mut clear).await.is_pending());
    // A write waits for all lanes, but its caller does not.
    assert_eq!(soon(&rt, Box::pin(memo.call(8))).await.unwrap(), 2);
    assert_eq!((value_of(probe.within(), 8), memo.cache().in_flight()), (None, 1));

    drop(clear);

    until(&rt, || value_of(probe.within(), 8) == Some(2)).await;
    soon(&rt, Box::pin(memo.clear())).await.unwrap();
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
}

async fn an_insertion_dropped_while_a_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let mut insertion = Box::pin(memo.insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());

    drop(insertion);

    assert_eq!(memo.cache().in_flight(), 0);
    gate.open();
    until(&rt, || value_of(probe.within(), 7) == Some(1)).await;
    soon(&rt, Box::pin(memo.insert(7, 200))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (Some(200), 0));
}

async fn an_insertion_dropped_while_it_writes<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Hang);
    let mut insertion = Box::pin(memo.insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 100);

    drop(insertion);

    assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
    assert_eq!(memo.cache().in_flight(), 0);
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 1);
    until(&rt, || value_of(probe.within(), 7) == Some(1)).await;
}

async fn an_insertion_dropped_while_it_evicts<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(source.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Hang);
    let mut insertion = Box::pin(memo.insert(2, 100));
    assert!(polled(&mut insertion).await.is_pending());
    assert_eq!((value_of(probe.within(), 2), memo.cache().in_flight()), (Some(100), 0));

    drop(insertion);

    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 1);
    soon(&rt, Box::pin(memo.insert(3, 200))).await.unwrap();
    assert_eq!((memo.len(), value_of(probe.within(), 3)), (1, Some(200)));
    assert_eq!(memo.cache().in_flight(), 0);
}
