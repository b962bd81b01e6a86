//! Callers that go away, or are not polled any more.

use super::memory;

use evermemo::{Abandon, BoxFuture, Builder, Runtime, Source, testing};
use evermemo_tests::{
    Dropping, Drops, Numbered, Recording, Timed, on_every_runtime, polled, stored, until,
};
use futures_util::future::{Either, select};
use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Waker},
    time::Duration,
};

on_every_runtime! {
    b37_a_dropped_leader_leaves_the_flight_to_its_joiners,
    b38_a_dropped_joiner_disturbs_nobody,
    p2_2_a_load_outlives_its_leader_and_any_of_its_joiners,
    b39_an_outer_deadline_ends_its_caller_alone,
    p2_3_a_leader_that_is_not_polled_holds_nobody_up,
    p2_4_an_abandoned_load_is_finished_and_stored,
    p2_4_abort_drops_an_abandoned_load_once,
    p2_4_abort_spares_a_load_that_somebody_still_waits_for,
    p2_4_abort_spares_a_refresh,
    p2_4_a_call_that_was_never_polled_starts_nothing,
}

async fn b37_a_dropped_leader_leaves_the_flight_to_its_joiners<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut leader = Box::pin(memo.outcome(7));
    assert!(polled(&mut leader).await.is_pending());
    let mut joiners: Vec<_> = (0..3).map(|_| Box::pin(memo.outcome(7))).collect();
    for joiner in &mut joiners {
        assert!(polled(joiner).await.is_pending());
    }

    drop(leader);
    source.gates.open_at(1);

    for joiner in joiners {
        let outcome = joiner.await.unwrap();
        assert_eq!((outcome.value, outcome.source), (1, Source::Joined));
    }
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
}

async fn p2_2_a_load_outlives_its_leader_and_any_of_its_joiners<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut leader = Box::pin(memo.call(7));
    assert!(polled(&mut leader).await.is_pending());
    let mut early = Box::pin(memo.call(7));
    assert!(polled(&mut early).await.is_pending());
    drop(leader);
    let mut late = Box::pin(memo.outcome(7));
    assert!(polled(&mut late).await.is_pending());
    drop(early);
    source.gates.open_at(1);

    let joined = late.await.unwrap();
    assert_eq!((joined.value, joined.source), (1, Source::Joined));
    let stats = memo.stats();
    assert_eq!((source.count(), stats.loads, stats.joins), (1, 1, 2));
}

async fn b38_a_dropped_joiner_disturbs_nobody<R: Timed>(rt: R) {
    let (source, strategy) = (Numbered::shut(), Arc::new(Recording::new()));
    let memo = Builder::on(rt).eviction_strategy(strategy.clone()).wrap(source.method());
    let mut calls: Vec<_> = (0..4).map(|_| Box::pin(memo.call(7))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }

    drop(calls.remove(2));
    source.gates.open_at(1);

    for call in calls {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
    assert_eq!(strategy.written(), [7]);
}

async fn b39_an_outer_deadline_ends_its_caller_alone<R: Timed>(rt: R) {
    let plain = rt.plain();
    let source = Numbered::shut();
    let memo = Builder::on(plain.clone()).wrap(source.method());

    let outcome = {
        let (call, deadline) = (pin!(memo.call(7)), pin!(plain.sleep(Duration::from_millis(10))));
        match select(call, deadline).await {
            Either::Left(_) => "answered",
            Either::Right(_) => "late",
        }
    };
    assert_eq!(outcome, "late");

    let mut next = Box::pin(memo.outcome(7));
    assert!(polled(&mut next).await.is_pending());
    source.gates.open_at(1);
    let next = next.await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (1, Source::Joined, 1));
}

async fn p2_3_a_leader_that_is_not_polled_holds_nobody_up<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut a = Box::pin(memo.outcome(7));
    assert!(polled(&mut a).await.is_pending());
    let mut b = Box::pin(memo.outcome(7));
    assert!(polled(&mut b).await.is_pending());

    source.gates.open_at(1);

    let b = b.await.unwrap();
    assert_eq!((b.value, b.source), (1, Source::Joined));
    let a = a.await.unwrap();
    assert_eq!((a.value, a.source), (1, Source::Loaded));
    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
}

async fn p2_4_an_abandoned_load_is_finished_and_stored<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::shut());
    let memo = Builder::on(rt.clone()).storage(storage.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    drop(a);
    assert_eq!(memo.cache().in_flight(), 1);
    source.gates.open_at(1);
    until(&rt, || stored(&storage, &7).is_some_and(|entry| entry.value == 1)).await;
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(source.count(), 1);

    let mut a = Box::pin(memo.call(8));
    assert!(polled(&mut a).await.is_pending());
    drop(a);
    let mut c = Box::pin(memo.outcome(8));
    assert!(polled(&mut c).await.is_pending());
    source.gates.open_at(2);
    let c = c.await.unwrap();
    assert_eq!((c.value, c.source), (2, Source::Joined));
    assert_eq!((source.count(), memo.cache().in_flight()), (2, 0));
}

async fn p2_4_abort_drops_an_abandoned_load_once<R: Timed>(rt: R) {
    let (source, drops, storage) = (Numbered::shut(), Drops::default(), memory());
    let builder = Builder::on(rt.clone()).storage(storage.clone()).on_abandon(Abandon::Abort);
    let memo = builder.wrap(drops.watch(&source));

    let mut solo = Box::pin(memo.call(7));
    assert!(polled(&mut solo).await.is_pending());
    drop(solo);
    assert_eq!((drops.count(), memo.cache().in_flight()), (1, 0));

    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    drop(a);
    assert_eq!((source.count(), drops.count(), memo.cache().in_flight()), (2, 1, 1));
    drop(b);
    assert_eq!(memo.cache().in_flight(), 0);
    until(&rt, || drops.count() == 2).await;

    assert_eq!(memo.len(), 0);
    source.gates.open_all();
    assert_eq!((memo.call(7).await.unwrap(), source.count()), (3, 3));
    assert_eq!((drops.count(), memo.cache().in_flight()), (3, 0));
}

async fn p2_4_abort_spares_a_load_that_somebody_still_waits_for<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::shut(), Drops::default());
    let memo = Builder::on(rt).on_abandon(Abandon::Abort).wrap(drops.watch(&source));
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    // The leader goes, a third comes and the second goes: there is always one who waits.
    drop(a);
    let mut c = Box::pin(memo.outcome(7));
    assert!(polled(&mut c).await.is_pending());
    drop(b);
    assert_eq!(drops.count(), 0);
    source.gates.open_at(1);

    let c = c.await.unwrap();
    assert_eq!((c.value, c.source, source.count()), (1, Source::Joined, 1));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn p2_4_abort_spares_a_refresh<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::open(), Drops::default());
    let (u, e) = (Duration::from_millis(20), Duration::from_millis(60));
    let builder = Builder::on(rt.clone()).on_abandon(Abandon::Abort);
    let memo = builder.update_after(u).expire_after(e).wrap(drops.watch(&source));
    assert_eq!(memo.call(7).await.unwrap(), 1);
    source.gates.shut_at(2);
    rt.advance(u);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    // No caller waited for it at first; that one came and went changes nothing.
    rt.advance(e);
    let mut late = Box::pin(memo.call(7));
    assert!(polled(&mut late).await.is_pending());
    drop(late);
    assert_eq!((drops.count(), memo.cache().in_flight()), (1, 1));

    source.gates.open_at(2);
    until(&rt, || memo.cache().in_flight() == 0).await;
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (2, Source::Hit, 2));
}

async fn p2_4_a_call_that_was_never_polled_starts_nothing<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method());

    drop(memo.call(7));
    drop(memo.force_refresh(7));

    assert_eq!((source.count(), memo.stats().calls(), memo.cache().in_flight()), (0, 0, 0));
}

#[test]
fn p2_2_what_wakes_a_joiner_may_drop_another_one() {
    testing::run(async |time| {
        let source = Numbered::shut();
        let memo = Builder::on(time.clone()).wrap(source.method::<u32>());
        let mut leader = Box::pin(memo.call(7));
        assert!(polled(&mut leader).await.is_pending());
        let call = || -> BoxFuture<'static, ()> {
            let memo = memo.clone();
            Box::pin(async move { drop(memo.call(7).await) })
        };
        let dropping = Dropping::new();
        let waker = Waker::from(dropping.clone());
        let mut joiners: Vec<_> = (0..4).map(|_| call()).collect();
        for joiner in &mut joiners {
            assert!(joiner.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        let last = joiners.pop().expect("there are four");
        dropping.hold(joiners);

        source.gates.open_all();

        assert_eq!(leader.await.unwrap(), 1);
        last.await;
        assert!(dropping.is_empty());
        assert_eq!((memo.stats().joins, memo.cache().in_flight()), (4, 0));
    });
}
