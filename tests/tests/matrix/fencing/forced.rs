//! Calls that would not have what was there before.

use super::{memory, value_of};

use evermemo::{Builder, Source};
use evermemo_tests::{
    Drops, Gate, Mode, Moment, Numbered, Operation, Probe, Timed, all, on_every_runtime, polled,
    until, yielded,
};
use std::{task::Poll, time::Duration};

on_every_runtime! {
    b45_a_forced_call_supersedes_a_first_load,
    b46_a_forced_call_never_takes_a_flight_that_began_before_it,
    b47_a_forced_call_never_answers_with_what_has_expired,
    p3_4_forced_calls_share_the_next_load,
    p3_4_forced_calls_do_not_wait_for_a_leader_that_is_not_polled,
    p3_4_a_forced_call_does_not_wait_for_a_load_that_was_superseded,
    p3_4_a_failed_forced_load_leaves_the_entry,
    p3_4_forced_calls_behind_a_failed_load_load_again,
    p3_4_ordinary_calls_join_a_forced_load,
    p3_4_a_forced_call_supersedes_a_write_under_way,
    p3_4_a_failed_forced_load_leaves_a_write_under_way,
    p3_4_a_forced_load_does_not_hide_a_write_under_way,
}

async fn b45_a_forced_call_supersedes_a_first_load<R: Timed>(rt: R) {
    for (key, last) in [(1, 1), (2, 2)] {
        let (storage, source) = (memory(), Numbered::shut());
        let memo = Builder::on(rt.clone()).storage(storage.clone()).wrap(source.method());
        let mut a = Box::pin(memo.call(key));
        assert!(polled(&mut a).await.is_pending());
        let mut f = Box::pin(memo.force_refresh(key));
        assert!(polled(&mut f).await.is_pending());
        assert_eq!(source.count(), 2);

        source.gates.open_at(3 - last);
        if last == 1 {
            assert_eq!(f.await.unwrap(), 2);
            source.gates.open_at(1);
            assert_eq!(a.await.unwrap(), 1);
        } else {
            assert_eq!(a.await.unwrap(), 1);
            assert_eq!(value_of(&storage, key), None);
            source.gates.open_at(2);
            assert_eq!(f.await.unwrap(), 2);
        }

        assert_eq!(value_of(&storage, key), Some(2));
        assert_eq!((memo.call(key).await.unwrap(), source.count()), (2, 2));
        assert_eq!(memo.cache().in_flight(), 0);
    }
}

async fn b46_a_forced_call_never_takes_a_flight_that_began_before_it<R: Timed>(rt: R) {
    let (storage, source, drops) = (memory(), Numbered::open(), Drops::default());
    let (u, e) = (Duration::ZERO, Duration::from_secs(3600));
    let builder = Builder::on(rt.clone()).storage(storage.clone());
    let memo = builder.update_after(u).expire_after(e).wrap(drops.watch(&source));
    assert_eq!(memo.call(7).await.unwrap(), 1);
    source.gates.shut_at(2);
    source.gates.shut_at(3);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    let mut f = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut f).await.is_pending());
    assert_eq!(source.count(), 3);
    source.gates.open_at(3);
    assert_eq!(f.await.unwrap(), 3);

    source.gates.open_at(2);
    until(&rt, || drops.count() == 3).await;
    yielded().await;
    assert_eq!(value_of(&storage, 7), Some(3));
    assert_eq!(memo.call(7).await.unwrap(), 3);
}

async fn b47_a_forced_call_never_answers_with_what_has_expired<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage(storage.clone());
    let memo = builder.expire_after(Duration::from_millis(10)).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    source.gates.shut_at(2);
    source.gates.shut_at(3);
    rt.advance(Duration::from_millis(20));
    let (mut p, mut f) = (Box::pin(memo.call(7)), Box::pin(memo.force_refresh(7)));
    assert!(polled(&mut p).await.is_pending());
    assert!(polled(&mut f).await.is_pending());
    assert_eq!(source.count(), 3);

    source.gates.open_all();

    assert_eq!((p.await.unwrap(), f.await.unwrap()), (2, 3));
    assert_eq!(value_of(&storage, 7), Some(3));
}

async fn p3_4_forced_calls_share_the_next_load<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::shut());
    let memo = Builder::on(rt.clone()).storage(storage.clone()).wrap(source.method());
    let mut first = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut first).await.is_pending());
    let mut others: Vec<_> = (0..10).map(|_| Box::pin(memo.force_refresh(7))).collect();
    for other in &mut others {
        assert!(polled(other).await.is_pending());
    }
    assert_eq!(source.count(), 1);

    source.gates.open_at(1);
    assert_eq!(first.await.unwrap(), 1);
    for other in &mut others {
        assert!(polled(other).await.is_pending());
    }
    until(&rt, || source.count() == 2).await;

    source.gates.open_at(2);
    assert_eq!(all(others.into_iter().map(async |other| other.await.unwrap())).await, [2; 10]);
    assert_eq!((source.count(), value_of(&storage, 7)), (2, Some(2)));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, memo.cache().in_flight()), (2, 9, 0));
}

async fn p3_4_forced_calls_do_not_wait_for_a_leader_that_is_not_polled<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut first = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut first).await.is_pending());
    let mut second = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut second).await.is_pending());

    source.gates.open_all();

    assert_eq!(second.await.unwrap(), 2);
    assert_eq!(first.await.unwrap(), 1);
}

async fn p3_4_a_forced_call_does_not_wait_for_a_load_that_was_superseded<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::shut());
    let memo = Builder::on(rt).storage(storage.clone()).wrap(source.method());
    let mut first = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut first).await.is_pending());
    let mut second = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut second).await.is_pending());
    assert_eq!(source.count(), 1);

    memo.try_invalidate(&7).await.unwrap();

    assert!(polled(&mut second).await.is_pending());
    assert_eq!(source.count(), 2);
    source.gates.open_at(2);
    assert_eq!(second.await.unwrap(), 2);
    source.gates.open_at(1);
    assert_eq!(first.await.unwrap(), 1);
    assert_eq!((value_of(&storage, 7), memo.cache().in_flight()), (Some(2), 0));
}

async fn p3_4_a_failed_forced_load_leaves_the_entry<R: Timed>(rt: R) {
    let source = Numbered::open();
    let method = source.method::<u32>();
    let memo = Builder::on(rt).try_wrap(move |n: u32| {
        let run = method(n);
        async move {
            match run.await {
                2 => Err("down"),
                run => Ok(run),
            }
        }
    });
    assert_eq!(memo.call(7).await.unwrap(), 1);

    assert_eq!(memo.force_refresh(7).await.expect_err("it fails").cause(), Some(&"down"));

    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (1, Source::Hit));
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn p3_4_forced_calls_behind_a_failed_load_load_again<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let method = source.method::<u32>();
    let memo = Builder::on(rt).try_wrap(move |n: u32| {
        let run = method(n);
        async move {
            match run.await {
                1 => Err("down"),
                run => Ok(run),
            }
        }
    });
    let (mut a, mut b) = (Box::pin(memo.force_refresh(7)), Box::pin(memo.force_refresh(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    source.gates.open_all();

    assert!(a.await.is_err());
    assert_eq!((b.await.unwrap(), source.count()), (2, 2));
}

async fn p3_4_ordinary_calls_join_a_forced_load<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let (mut f, mut a) = (Box::pin(memo.force_refresh(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut f).await.is_pending());
    assert!(polled(&mut a).await.is_pending());

    drop(f);
    source.gates.open_at(1);

    let a = a.await.unwrap();
    assert_eq!((a.value, a.source, source.count()), (1, Source::Joined, 1));
}

async fn p3_4_a_forced_call_supersedes_a_write_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    assert_eq!(memo.call(7).await.unwrap(), 1);

    assert_eq!(memo.force_refresh(7).await.unwrap(), 2);

    // The flight answers until its entry, which waits for the other's end, is stored.
    assert_eq!(memo.call(7).await.unwrap(), 2);
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 1);
    gate.open();
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(value_of(probe.within(), 7), Some(2));
    assert_eq!((memo.call(7).await.unwrap(), source.count()), (2, 2));
}

/// The write goes on when the forced load has failed, and is the answer until its end.
async fn p3_4_a_failed_forced_load_leaves_a_write_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let method = source.method::<u32>();
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).try_wrap(move |n: u32| {
        let run = method(n);
        async move {
            match run.await {
                2 => Err("down"),
                run => Ok(run),
            }
        }
    });
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    // The second waits for the end of the first.
    let (mut first, mut second) =
        (Box::pin(memo.try_insert(7, 100)), Box::pin(memo.try_insert(7, 200)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut second).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 200);

    assert!(memo.force_refresh(7).await.is_err());
    gate.open();
    first.await.unwrap();
    second.await.unwrap();

    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(value_of(probe.within(), 7), Some(200));
    assert_eq!(memo.call(7).await.unwrap(), 200);
}

/// No caller that asks while a forced load runs is told what was stored before the write under way.
async fn p3_4_a_forced_load_does_not_hide_a_write_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let mut insertion = Box::pin(memo.try_insert(7, 100));
    assert!(polled(&mut insertion).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 100);
    source.gates.shut_at(2);
    let mut forced = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut forced).await.is_pending());

    let mut call = Box::pin(memo.call(7));
    let early = polled(&mut call).await;
    assert!(!matches!(early, Poll::Ready(Ok(1))), "{early:?} was replaced by 100");

    gate.open();
    source.gates.open_at(2);
    assert_eq!(forced.await.unwrap(), 2);
    insertion.await.unwrap();
    until(&rt, || value_of(probe.within(), 7) == Some(2)).await;
}
