//! Changes from outside that are dropped at each point where they wait: they go on.

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
    a_change_dropped_before_its_first_poll_does_nothing,
    a_change_dropped_while_the_storage_hangs_ends_in_time,
}

async fn an_invalidation_dropped_while_a_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let mut invalidation = Box::pin(memo.try_invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());

    drop(invalidation);

    // What was in flight is superseded all the same, and the storage holds what it was writing.
    assert_eq!(memo.cache().in_flight(), 0);
    gate.open();
    until(&rt, || probe.count(Operation::Offer, Moment::Ended) == 1).await;
    until(&rt, || probe.count(Operation::Release, Moment::Ended) == 1).await;
    assert_eq!(value_of(probe.within(), 7), None);
    assert_eq!(memo.call(7).await.unwrap(), 2);
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
}

async fn an_invalidation_dropped_while_it_releases<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Wait(gate.clone()));
    let mut invalidation = Box::pin(memo.try_invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());

    drop(invalidation);

    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2);
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 1);
    gate.open();
    // Then the next write and the next removal get through.
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
    soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (None, 0));
}

async fn an_invalidation_dropped_while_it_evicts<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
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
    probe.next(Operation::Release, Mode::Wait(gate.clone()));
    let mut invalidation = Box::pin(memo.try_invalidate(&3));
    assert!(polled(&mut invalidation).await.is_pending());
    until(&rt, || memo.len() == 2).await;

    drop(invalidation);

    gate.open();
    until(&rt, || memo.len() == 1).await;
    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 0);
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
    // The second takes the place of the first, as both wait.
    let (mut first, mut second) = (Box::pin(memo.try_clear()), Box::pin(memo.try_clear()));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());

    drop(second);
    drop(first);

    // What is loaded from now on is written after them.
    assert_eq!(soon(&rt, Box::pin(memo.call(8))).await.unwrap(), 2);
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 1);
    gate.open();
    until(&rt, || value_of(probe.within(), 8) == Some(2)).await;
    assert_eq!(probe.count(Operation::Clear, Moment::Ended), 1);
    assert_eq!(value_of(probe.within(), 7), None);
    soon(&rt, Box::pin(memo.try_clear())).await.unwrap();
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
}

async fn a_clear_dropped_while_the_storage_clears<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.allow_clear();
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Clear, Mode::Wait(gate.clone()));
    let mut clear = Box::pin(memo.try_clear());
    assert!(polled(&mut clear).await.is_pending());
    // A write waits for all lanes, but its caller does not.
    assert_eq!(soon(&rt, Box::pin(memo.call(8))).await.unwrap(), 2);
    assert_eq!((value_of(probe.within(), 8), memo.cache().in_flight()), (None, 1));

    drop(clear);

    gate.open();
    until(&rt, || value_of(probe.within(), 8) == Some(2)).await;
    assert_eq!(value_of(probe.within(), 7), None);
    soon(&rt, Box::pin(memo.try_clear())).await.unwrap();
    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
}

async fn an_insertion_dropped_while_a_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let mut insertion = Box::pin(memo.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());

    drop(insertion);

    assert_eq!(memo.cache().in_flight(), 1);
    gate.open();
    until(&rt, || value_of(probe.within(), 7) == Some(100)).await;
    soon(&rt, Box::pin(memo.try_insert(7, 200))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (Some(200), 0));
}

async fn an_insertion_dropped_while_it_writes<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let mut insertion = Box::pin(memo.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 100);

    drop(insertion);

    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 100);
    gate.open();
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!((value_of(probe.within(), 7), source.count()), (Some(100), 0));
}

async fn an_insertion_dropped_while_it_evicts<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(source.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Wait(gate.clone()));
    let mut insertion = Box::pin(memo.try_insert(2, 100));
    assert!(polled(&mut insertion).await.is_pending());
    assert_eq!((value_of(probe.within(), 2), memo.cache().in_flight()), (Some(100), 0));

    drop(insertion);

    gate.open();
    until(&rt, || memo.len() == 1 && value_of(probe.within(), 2) == Some(100)).await;
    soon(&rt, Box::pin(memo.try_insert(3, 200))).await.unwrap();
    assert_eq!((memo.len(), value_of(probe.within(), 3)), (1, Some(200)));
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn a_change_dropped_before_its_first_poll_does_nothing<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    probe.allow_clear();
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    let (log, spawned) = (probe.log(), rt.spawned());

    drop((memo.try_invalidate(&7), memo.try_insert(7, 100), memo.try_clear()));

    let hit = memo.outcome(7).await.unwrap();
    assert_eq!((hit.value, rt.spawned(), memo.cache().in_flight()), (1, spawned, 0));
    let changes = |log: Vec<evermemo_tests::Event<u32>>| {
        log.into_iter().filter(|(what, ..)| *what != Operation::Get).count()
    };
    assert_eq!(changes(probe.log()), changes(log));
}

async fn a_change_dropped_while_the_storage_hangs_ends_in_time<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    probe.allow_clear();
    let builder = Builder::on(rt.plain()).storage_timeout(Duration::from_millis(50));
    let memo = builder.storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Release, Mode::Hang);
    probe.next(Operation::Offer, Mode::Hang);
    probe.next(Operation::Clear, Mode::Hang);
    let (mut first, mut second) =
        (Box::pin(memo.try_invalidate(&7)), Box::pin(memo.try_insert(8, 80)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());
    drop((first, second));
    let mut third = Box::pin(memo.try_clear());
    assert!(polled(&mut third).await.is_pending());
    drop(third);

    until(&rt, || probe.count(Operation::Clear, Moment::Dropped) == 1).await;
    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 1);
    assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
    soon(&rt, Box::pin(memo.try_insert(7, 70))).await.unwrap();
    soon(&rt, Box::pin(memo.try_insert(8, 81))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), value_of(probe.within(), 8)), (Some(70), Some(81)));
    assert_eq!(memo.cache().in_flight(), 0);
}
