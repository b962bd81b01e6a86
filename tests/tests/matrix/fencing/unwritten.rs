//! Writes that are not known to have happened, and many that wait for one.

use super::value_of;

use evermemo::{Builder, Source, StorageFailure};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until,
};
use std::{sync::Arc, time::Duration};

use crate::flights::soon;

on_every_runtime! {
    p3_3_what_an_insertion_failed_to_replace_answers_nobody,
    p3_3_more_insertions_than_are_noted_fail_and_nothing_older_answers,
    p3_3_an_insertion_that_was_replaced_fails_as_its_replacer_does,
    p3_3_a_write_from_before_an_insertion_that_failed_settles_nothing,
    p3_3_what_a_failed_removal_has_replaced_hides_what_is_older,
    p7_2_forced_calls_over_a_storage_that_hangs_leave_little_behind,
}

const PATIENCE: Duration = Duration::from_millis(20);

async fn p3_3_what_an_insertion_failed_to_replace_answers_nobody<R: Timed>(rt: R) {
    for mode in [Mode::Hang, Mode::Fail("full")] {
        let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
        let builder = Builder::on(rt.plain()).storage_timeout(PATIENCE);
        let memo = builder.storage(probe.clone()).wrap(source.method());
        memo.try_insert(7, 100).await.unwrap();
        memo.try_insert(8, 200).await.unwrap();
        probe.set(Operation::Offer, mode);
        assert!(memo.try_insert(7, 101).await.is_err());

        for loads in 1..=2 {
            // What is loaded is not written, either, so each call loads.
            let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
            assert_eq!((next.value, next.source), (loads, Source::Loaded));
            until(&rt, || memo.cache().in_flight() == 0).await;
        }
        assert_eq!(value_of(probe.within(), 7), Some(100));
        assert_eq!(memo.cache().entry(&7), None);
        let other = memo.outcome(8).await.unwrap();
        assert_eq!((other.value, other.source), (200, Source::Hit));

        probe.set(Operation::Offer, Mode::Pass);
        assert_eq!(memo.call(7).await.unwrap(), 3);
        until(&rt, || memo.cache().in_flight() == 0).await;
        let hit = memo.outcome(7).await.unwrap();
        assert_eq!((hit.value, hit.source), (3, Source::Hit));

        // A removal that is known to have happened settles it too.
        probe.next(Operation::Offer, Mode::Fail("full"));
        assert!(memo.try_insert(7, 102).await.is_err());
        memo.try_invalidate(&7).await.unwrap();
        assert_eq!(memo.call(7).await.unwrap(), 4);
    }
}

async fn p3_3_more_insertions_than_are_noted_fail_and_nothing_older_answers<R: Timed>(rt: R) {
    const N: u32 = 1_100;
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    for key in 0..N {
        memo.try_insert(key, 100_000).await.unwrap();
    }
    rt.advance(Duration::from_secs(1));
    probe.set(Operation::Offer, Mode::Fail("full"));
    for key in 0..N {
        assert!(memo.try_insert(key, 200_000).await.is_err());
    }
    for key in 0..N {
        assert!(memo.call(key).await.unwrap() <= N);
    }
}

async fn p3_3_what_a_failed_removal_has_replaced_hides_what_is_older<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let memo = Builder::on(rt.plain()).storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    probe.set(Operation::Release, Mode::Fail("down"));
    let mut first = Box::pin(memo.try_insert(7, 101));
    assert!(polled(&mut first).await.is_pending());
    let mut second = Box::pin(memo.try_insert(7, 102));
    assert!(polled(&mut second).await.is_pending());
    let mut removal = Box::pin(memo.try_invalidate(&7));
    assert!(polled(&mut removal).await.is_pending());

    gate.open();

    soon(&rt, first).await.unwrap();
    assert!(soon(&rt, second).await.is_err());
    assert!(soon(&rt, removal).await.is_err());
    assert_eq!(value_of(probe.within(), 7), Some(101));
    let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
    assert_eq!((next.value, next.source), (1, Source::Loaded));
}

async fn p3_3_an_insertion_that_was_replaced_fails_as_its_replacer_does<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let builder = Builder::on(rt.plain()).storage_timeout(PATIENCE);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    memo.try_insert(7, 100).await.unwrap();
    probe.set(Operation::Offer, Mode::Hang);
    let mut first = Box::pin(memo.try_insert(7, 101));
    assert!(polled(&mut first).await.is_pending());
    let mut second = Box::pin(memo.try_insert(7, 102));
    assert!(polled(&mut second).await.is_pending());
    // It is loaded later, and takes the second one's turn.
    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 1);

    for insertion in [first, second] {
        let error = soon(&rt, insertion).await.expect_err("the storage hangs");
        assert_eq!(error.downcast_ref(), Some(&StorageFailure::TimedOut));
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(memo.call(7).await.unwrap(), 2);
}

async fn p3_3_a_write_from_before_an_insertion_that_failed_settles_nothing<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let mut insertion = Box::pin(memo.try_insert(7, 101));
    assert!(polled(&mut insertion).await.is_pending());
    // It takes the insertion's turn, and is dropped by its runtime before it has that.
    rt.set_running(false);
    assert_eq!(memo.force_refresh(7).await.unwrap(), 2);
    assert!(soon(&rt, insertion).await.is_err());
    rt.set_running(true);

    gate.open();
    until(&rt, || probe.count(Operation::Offer, Moment::Ended) == 1).await;
    until(&rt, || memo.cache().in_flight() == 0).await;

    assert_eq!(value_of(probe.within(), 7), Some(1));
    let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
    assert_eq!((next.value, next.source), (3, Source::Loaded));
}

async fn p7_2_forced_calls_over_a_storage_that_hangs_leave_little_behind<R: Timed>(rt: R) {
    let (probe, token) = (Probe::<u32, Arc<()>>::new(), Arc::new(()));
    probe.set(Operation::Offer, Mode::Hang);
    let value = token.clone();
    let memo = Builder::on(rt.clone()).storage(probe.clone()).storage_timeout(Duration::MAX).wrap(
        move |_: u32| {
            let value = value.clone();
            async move { value }
        },
    );
    for _ in 0..2_000 {
        soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap();
    }
    until(&rt, || Arc::strong_count(&token) < 12).await;
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 1);
    assert_eq!(memo.cache().in_flight(), 1);
}
