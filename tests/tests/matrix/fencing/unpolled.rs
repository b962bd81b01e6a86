//! Changes from outside whose handles are not polled any more, or that nothing drives but a caller.

use super::value_of;

use evermemo::{BoxFuture, Builder, Cache, Runtime, StorageFailure, Tokio};
use evermemo_tests::{
    Dropping, Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled,
    until,
};
use std::{
    convert::Infallible,
    task::{Context, Waker},
    time::Duration,
};

use crate::flights::soon;

on_every_runtime! {
    p3_6_a_handle_that_is_not_polled_holds_nothing_up,
    p3_6_a_leader_that_is_not_polled_holds_no_write_up,
    p3_6_what_a_runtime_drops_its_caller_does,
    p3_6_without_a_runtime_the_caller_does_it,
    p3_6_a_release_that_hangs_is_cut_off,
    p3_6_writes_that_wait_are_replaced_and_share_what_comes_of_it,
}

const PATIENCE: Duration = Duration::from_millis(50);

async fn p3_6_a_handle_that_is_not_polled_holds_nothing_up<R: Timed>(rt: R) {
    for what in 0..4 {
        let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
        probe.allow_clear();
        let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
        let memo = builder.storage(probe.clone()).wrap(source.method());
        let (mut invalidation, mut insertion) =
            (Box::pin(memo.try_invalidate(&7)), Box::pin(memo.try_insert(7, 100)));
        let (mut clear, mut forced) = (Box::pin(memo.try_clear()), Box::pin(memo.force_refresh(7)));
        for operation in [Operation::Offer, Operation::Release, Operation::Clear] {
            probe.set(operation, Mode::Wait(gate.clone()));
        }
        match what {
            0 => assert!(polled(&mut invalidation).await.is_pending()),
            1 => assert!(polled(&mut insertion).await.is_pending()),
            2 => assert!(polled(&mut clear).await.is_pending()),
            // The caller has its value; the write is under way.
            _ => assert!(polled(&mut forced).await.is_ready()),
        }
        gate.open();

        soon(&rt, Box::pin(memo.try_insert(7, 200))).await.unwrap();
        assert_eq!(value_of(probe.within(), 7), Some(200));
        soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap();
        soon(&rt, Box::pin(memo.try_insert(8, 300))).await.unwrap();
        soon(&rt, Box::pin(memo.try_clear())).await.unwrap();
        assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
    }
}

/// It waits for the storage that writes its value, and the writer that asks for its turn does not.
async fn p3_6_a_leader_that_is_not_polled_holds_no_write_up<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::shut(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let mut leader = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut leader).await.is_pending());
    let mut insertion = Box::pin(memo.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    let mut forced = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut forced).await.is_pending());
    source.gates.open_all();
    // Its load ends; from here on it is left alone.
    assert_eq!(soon(&rt, forced).await.unwrap(), 2);
    gate.open();
    soon(&rt, insertion).await.unwrap();

    soon(&rt, Box::pin(memo.try_insert(7, 200))).await.unwrap();

    assert_eq!(value_of(probe.within(), 7), Some(200));
    drop(leader);
    until(&rt, || memo.cache().in_flight() == 0).await;
}

async fn p3_6_what_a_runtime_drops_its_caller_does<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let cache: Cache<u32, u32, Infallible, R> = builder.storage(probe.clone()).build();
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    rt.set_running(false);
    let mut insertion = Box::pin(cache.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    gate.open();
    soon(&rt, insertion).await.unwrap();
    assert_eq!(value_of(probe.within(), 7), Some(100));
    soon(&rt, Box::pin(cache.try_invalidate(&7))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), cache.in_flight()), (None, 0));
}

async fn p3_6_without_a_runtime_the_caller_does_it<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage(probe.clone());
    let cache: Cache<u32, u32, Infallible, R> = builder.build();
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    rt.set_bound(false);
    let mut insertion = Box::pin(cache.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    let mut invalidation = Box::pin(cache.try_invalidate(&7));
    assert!(polled(&mut invalidation).await.is_pending());
    assert_eq!(rt.spawned(), 0);
    gate.open();
    soon(&rt, insertion).await.unwrap();
    soon(&rt, invalidation).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), rt.spawned()), (None, 0));

    // Dropped, it is given up.
    probe.set(Operation::Offer, Mode::Hang);
    let mut insertion = Box::pin(cache.try_insert(7, 200));
    assert!(polled(&mut insertion).await.is_pending());
    drop(insertion);
    assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
    probe.set(Operation::Offer, Mode::Pass);
    soon(&rt, Box::pin(cache.try_insert(7, 300))).await.unwrap();
    assert_eq!((value_of(probe.within(), 7), cache.in_flight()), (Some(300), 0));
}

async fn p3_6_a_release_that_hangs_is_cut_off<R: Timed>(rt: R) {
    let probe = Probe::<u32, u32>::new();
    probe.allow_clear();
    let builder = Builder::on(rt.plain()).storage_timeout(PATIENCE);
    let cache: Cache<u32, u32, Infallible, R::Plain> = builder.storage(probe.clone()).build();
    probe.next(Operation::Release, Mode::Hang);
    let error = soon(&rt, Box::pin(cache.try_invalidate(&7))).await.expect_err("it hangs");
    assert_eq!(error.downcast_ref(), Some(&StorageFailure::TimedOut));
    probe.next(Operation::Clear, Mode::Hang);
    let error = soon(&rt, Box::pin(cache.try_clear())).await.expect_err("it hangs");
    assert_eq!(error.downcast_ref(), Some(&StorageFailure::TimedOut));
    soon(&rt, Box::pin(cache.try_insert(7, 1))).await.unwrap();
    assert_eq!(value_of(probe.within(), 7), Some(1));
}

async fn p3_6_writes_that_wait_are_replaced_and_share_what_comes_of_it<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let cache: Cache<u32, u32, Infallible, R> = builder.storage(probe.clone()).build();
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    probe.next(Operation::Offer, Mode::Fail("full"));
    let mut first = Box::pin(cache.try_insert(7, 0));
    assert!(polled(&mut first).await.is_pending());
    let mut waiting: Vec<_> = (1..100).map(|value| Box::pin(cache.try_insert(7, value))).collect();
    for insertion in &mut waiting {
        assert!(polled(insertion).await.is_pending());
    }

    gate.open();

    soon(&rt, first).await.unwrap();
    for insertion in waiting {
        assert_eq!(soon(&rt, insertion).await.unwrap_err().to_string(), "full");
    }
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 2);
    assert_eq!(cache.in_flight(), 0);
}

#[test]
fn p3_6_changes_outside_any_runtime_wait_without_a_timer() {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    probe.allow_clear();
    let cache: Cache<u32, u32, Infallible, Tokio> =
        Builder::on(Tokio::default()).storage(probe.clone()).build();
    for operation in [Operation::Offer, Operation::Release, Operation::Clear] {
        probe.set(operation, Mode::Wait(gate.clone()));
    }
    smol::block_on(async {
        let (mut insertion, mut second) =
            (Box::pin(cache.try_insert(7, 1)), Box::pin(cache.try_insert(7, 2)));
        let (mut invalidation, mut clear) =
            (Box::pin(cache.try_invalidate(&8)), Box::pin(cache.try_clear()));
        assert!(polled(&mut insertion).await.is_pending());
        assert!(polled(&mut second).await.is_pending());
        assert!(polled(&mut invalidation).await.is_pending());
        assert!(polled(&mut clear).await.is_pending());
        gate.open();
        // Nothing but their callers drives them: each is awaited after those that it waits for.
        insertion.await.unwrap();
        invalidation.await.unwrap();
        clear.await.unwrap();
        second.await.unwrap();
        cache.try_insert(7, 3).await.unwrap();
    });
    assert_eq!(value_of(probe.within(), 7), Some(3));
    assert!(Tokio::default().bind().is_none());
}

/// What wakes one of those whose writes were replaced may drop another one.
#[test]
fn p3_6_what_wakes_a_replaced_writer_may_drop_another_one() {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    // Outside any runtime it is the writers themselves that wait.
    let cache: Cache<u32, u32, Infallible, Tokio> =
        Builder::on(Tokio::default()).storage(probe.clone()).build();
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    let insert = |value| -> BoxFuture<'static, ()> {
        let cache = cache.clone();
        Box::pin(async move { drop(cache.try_insert(7, value).await) })
    };
    let dropping = Dropping::new();
    let waker = Waker::from(dropping.clone());
    let mut first = insert(1);
    let mut replaced: Vec<_> = (2..5).map(insert).collect();
    let mut last = insert(5);
    smol::block_on(async {
        assert!(polled(&mut first).await.is_pending());
        for _ in 0..2 {
            for insertion in &mut replaced {
                assert!(insertion.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            }
            assert!(polled(&mut last).await.is_pending());
        }
        dropping.hold(replaced);

        gate.open();

        first.await;
        last.await;
    });
    assert!(dropping.is_empty());
    assert_eq!(value_of(probe.within(), 7), Some(5));
}
