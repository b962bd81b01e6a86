//! Loads in progress when their key, or everything, is invalidated.

use super::{memory, value_of};

use evermemo::{Builder, Source};
use evermemo_tests::{
    Drops, Numbered, Probe, Timed, all, on_every_runtime, polled, until, yielded,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use crate::flights::looking_again;

on_every_runtime! {
    b89_an_invalidation_during_a_load_keeps_its_result_out,
    p3_1_a_caller_after_an_invalidation_starts_anew,
    p3_1_an_abandoned_load_is_kept_out_too,
    p3_1_a_load_that_had_not_started_is_kept_out_too,
    p3_2_clear_supersedes_every_flight,
    p3_2_an_invalidation_supersedes_a_refresh,
    p3_5_an_old_flight_ends_without_touching_a_newer_one,
}

async fn b89_an_invalidation_during_a_load_keeps_its_result_out<R: Timed>(rt: R) {
    let (gates, truth) = (Numbered::open(), Arc::new(AtomicU32::new(1)));
    gates.gates.shut_at(1);
    let (method, read) = (gates.method::<u32>(), truth.clone());
    let memo = Builder::on(rt).wrap(move |n: u32| {
        let (run, value) = (method(n), read.load(SeqCst));
        async move {
            run.await;
            value
        }
    });
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());

    truth.store(2, SeqCst);
    memo.invalidate(&7).await;
    gates.gates.open_at(1);

    assert_eq!((a.await.unwrap(), memo.len()), (1, 0));
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Loaded));
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Hit));
    assert_eq!((memo.stats().loads, memo.stats().hits), (2, 1));
}

async fn p3_1_a_caller_after_an_invalidation_starts_anew<R: Timed>(rt: R) {
    for new_first in [false, true] {
        let (storage, source) = (memory(), Numbered::shut());
        let memo = Builder::on(rt.clone()).storage(storage.clone()).wrap(source.method());
        let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
        assert!(polled(&mut a).await.is_pending());
        assert!(polled(&mut b).await.is_pending());
        memo.invalidate(&7).await;
        let mut c = Box::pin(memo.outcome(7));
        assert!(polled(&mut c).await.is_pending());
        assert_eq!(source.count(), 2);

        source.gates.open_at(if new_first { 2 } else { 1 });
        let c = if new_first {
            let c = c.await.unwrap();
            source.gates.open_at(1);
            assert_eq!((a.await.unwrap(), b.await.unwrap()), (1, 1));
            c
        } else {
            assert_eq!((a.await.unwrap(), b.await.unwrap()), (1, 1));
            assert_eq!(value_of(&storage, 7), None);
            source.gates.open_at(2);
            c.await.unwrap()
        };

        assert_eq!((c.value, c.source), (2, Source::Loaded));
        assert_eq!(value_of(&storage, 7), Some(2));
        assert_eq!((source.count(), memo.cache().in_flight()), (2, 0));
    }
}

async fn p3_1_an_abandoned_load_is_kept_out_too<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::shut(), Drops::default());
    let memo = Builder::on(rt.clone()).wrap(drops.watch(&source));
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());
    memo.invalidate(&7).await;
    drop(a);
    assert_eq!(memo.cache().in_flight(), 0);

    source.gates.open_all();
    until(&rt, || drops.count() == 1).await;
    for _ in 0..10 {
        yielded().await;
    }

    assert_eq!(memo.len(), 0);
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Loaded));
}

/// The leader looks at a storage that waits, for the second time, when the invalidation comes.
async fn p3_1_a_load_that_had_not_started_is_kept_out_too<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    let at_rest = || memo.cache().in_flight() == 0;
    let gate = looking_again(&rt, &probe, &mut a, memo.call(99), at_rest).await;

    memo.try_invalidate(&7).await.unwrap();
    gate.open();

    assert_eq!(a.await.unwrap(), 2);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(value_of(probe.within(), 7), None);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
}

async fn p3_2_clear_supersedes_every_flight<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method());
    assert_eq!(memo.call(4).await.unwrap(), 1);
    (2..=4).for_each(|run| source.gates.shut_at(run));
    let mut calls: Vec<_> = (1..=3).map(|key| Box::pin(memo.call(key))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }

    memo.clear().await;

    assert_eq!((memo.len(), memo.cache().in_flight()), (0, 0));
    source.gates.open_all();
    let values = all(calls.into_iter().map(async |call| call.await.unwrap())).await;
    assert_eq!((values, memo.len()), (vec![2, 3, 4], 0));
    for key in 1..=4 {
        let next = memo.outcome(key).await.unwrap();
        assert_eq!((next.value, next.source), (4 + key, Source::Loaded));
    }
}

async fn p3_2_an_invalidation_supersedes_a_refresh<R: Timed>(rt: R) {
    for clear in [false, true] {
        let (storage, source, drops) = (memory(), Numbered::open(), Drops::default());
        let builder = Builder::on(rt.clone()).storage(storage.clone());
        let memo = builder.update_after(Duration::ZERO).wrap(drops.watch(&source));
        assert_eq!(memo.call(7).await.unwrap(), 1);
        source.gates.shut_at(2);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
        until(&rt, || source.count() == 2).await;

        match clear {
            false => memo.invalidate(&7).await,
            true => memo.clear().await,
        }
        source.gates.open_at(2);
        until(&rt, || drops.count() == 2).await;
        for _ in 0..10 {
            yielded().await;
        }

        assert_eq!(value_of(&storage, 7), None);
        let next = memo.outcome(7).await.unwrap();
        assert_eq!((next.value, next.source), (3, Source::Loaded));
        assert_eq!(value_of(&storage, 7), Some(3));
    }
}

async fn p3_5_an_old_flight_ends_without_touching_a_newer_one<R: Timed>(rt: R) {
    for fails in [false, true] {
        let (storage, source) = (memory(), Numbered::shut());
        let method = source.method::<u32>();
        let memo = Builder::on(rt.clone()).storage(storage.clone()).try_wrap(move |n: u32| {
            let run = method(n);
            async move {
                match run.await {
                    1 if fails => Err("down"),
                    run => Ok(run),
                }
            }
        });
        let mut a = Box::pin(memo.call(7));
        assert!(polled(&mut a).await.is_pending());
        memo.invalidate(&7).await;
        let mut b = Box::pin(memo.outcome(7));
        assert!(polled(&mut b).await.is_pending());

        source.gates.open_at(1);
        assert_eq!(a.await.map_err(|_| ()), if fails { Err(()) } else { Ok(1) });
        let mut c = Box::pin(memo.outcome(7));
        assert!(polled(&mut c).await.is_pending());
        assert_eq!((source.count(), memo.cache().in_flight()), (2, 1));

        source.gates.open_at(2);
        let (b, c) = (b.await.unwrap(), c.await.unwrap());
        assert_eq!((b.value, b.source), (2, Source::Loaded));
        assert_eq!((c.value, c.source), (2, Source::Joined));
        assert_eq!((value_of(&storage, 7), memo.cache().in_flight()), (Some(2), 0));
    }
}
