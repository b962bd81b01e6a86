//! Removals while a storage writes.

use super::value_of;

use evermemo::{Builder, Runtime, Source, Tokio};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until, yielded,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::flights::soon;

on_every_runtime! {
    p3_6_an_invalidation_waits_for_a_write_under_way,
    p3_6_a_clear_waits_for_a_write_under_way,
    p3_6_an_insertion_waits_for_a_write_under_way,
    p3_6_an_invalidation_of_another_key_does_not_wait,
    p3_6_an_invalidation_waits_no_longer_than_the_storage_timeout,
    p3_6_a_clear_waits_no_longer_than_the_storage_timeout,
}

async fn p3_6_an_invalidation_waits_for_a_write_under_way<R: Timed>(rt: R) {
    use {Moment::*, Operation::*};
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);

    let mut invalidation = Box::pin(memo.try_invalidate(&7));
    for _ in 0..10 {
        assert!(polled(&mut invalidation).await.is_pending());
        yielded().await;
    }
    gate.open();
    invalidation.await.unwrap();

    let log = probe.log();
    let end = [(Offer, Some(7), Ended), (Release, Some(7), Began), (Release, Some(7), Ended)];
    assert!(log.ends_with(&end), "{log:?}");
    assert_eq!(value_of(probe.within(), 7), None);
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Loaded));
}

async fn p3_6_a_clear_waits_for_a_write_under_way<R: Timed>(rt: R) {
    use {Moment::*, Operation::*};
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.allow_clear();
    probe.next(Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);

    let mut clear = Box::pin(memo.try_clear());
    for _ in 0..10 {
        assert!(polled(&mut clear).await.is_pending());
        yielded().await;
    }
    gate.open();
    clear.await.unwrap();

    let log = probe.log();
    let end = [(Offer, Some(7), Ended), (Clear, None, Began), (Clear, None, Ended)];
    assert!(log.ends_with(&end), "{log:?}");
    assert_eq!(value_of(probe.within(), 7), None);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
}

async fn p3_6_an_insertion_waits_for_a_write_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);

    let mut insertion = Box::pin(memo.try_insert(7, 100));
    for _ in 0..10 {
        assert!(polled(&mut insertion).await.is_pending());
        yielded().await;
    }
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 1);
    assert_eq!(memo.call(7).await.unwrap(), 100);
    gate.open();
    insertion.await.unwrap();

    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (Some(100), 0));
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (100, Source::Hit, 1));
}

async fn p3_6_an_invalidation_of_another_key_does_not_wait<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(Numbered::open().method());
    assert_eq!(memo.call(7).await.unwrap(), 1);

    soon(&rt, Box::pin(memo.try_invalidate(&8))).await.unwrap();

    assert_eq!(memo.cache().in_flight(), 1);
    gate.open();
    until(&rt, || value_of(probe.within(), 7) == Some(1)).await;
}

async fn p3_6_an_invalidation_waits_no_longer_than_the_storage_timeout<R: Timed>(rt: R) {
    let (plain, probe, source) = (rt.plain(), Probe::<u32, u32>::new(), Numbered::open());
    probe.next(Operation::Offer, Mode::Hang);
    let builder = Builder::on(plain.clone()).storage_timeout(Duration::from_millis(100));
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    // The write is given up well before the invalidation would go on without its end.
    plain.sleep(Duration::from_millis(60)).await;

    soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap();

    let log = probe.log();
    let at = |event| log.iter().position(|logged| *logged == event).expect("it happened");
    let dropped = at((Operation::Offer, Some(7), Moment::Dropped));
    assert!(dropped < at((Operation::Release, Some(7), Moment::Began)), "{log:?}");
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (None, 0));
    assert_eq!(memo.call(7).await.unwrap(), 2);
}

async fn p3_6_a_clear_waits_no_longer_than_the_storage_timeout<R: Timed>(rt: R) {
    let (plain, probe, source) = (rt.plain(), Probe::<u32, u32>::new(), Numbered::open());
    probe.allow_clear();
    probe.next(Operation::Offer, Mode::Hang);
    let builder = Builder::on(plain.clone()).storage_timeout(Duration::from_millis(100));
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    plain.sleep(Duration::from_millis(60)).await;

    soon(&rt, Box::pin(memo.try_clear())).await.unwrap();

    assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (None, 0));
    assert_eq!(memo.call(7).await.unwrap(), 2);
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
}

#[test]
fn p3_6_in_memory_checking_and_storing_is_one_step() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let tokio = builder.worker_threads(2).enable_time().build().expect("a runtime");
    tokio.block_on(async {
        let (version, over) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let read = version.clone();
        let memo = Builder::on(Tokio::default()).wrap(move |_: u32| {
            let read = read.clone();
            async move {
                let value = read.load(SeqCst);
                tokio::task::yield_now().await;
                value
            }
        });
        let (caller, until_over) = (memo.clone(), over.clone());
        let calls = tokio::spawn(async move {
            while !until_over.load(SeqCst) {
                let _value = caller.call(7).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let writer = memo.clone();
        let rounds = tokio::spawn(async move {
            for _ in 0..1_000 {
                let set = version.fetch_add(1, SeqCst) + 1;
                writer.try_invalidate(&7).await.unwrap();
                let value = writer.call(7).await.unwrap();
                assert!(value >= set, "{value} was stored before {set} was true");
            }
        });

        rounds.await.expect("no old value");
        over.store(true, SeqCst);
        calls.await.expect("all calls are answered");
        assert_eq!(memo.cache().in_flight(), 0);
    });
}
