//! Values that are inserted while their key is loaded.

use super::{memory, value_of};

use evermemo::{Builder, Source};
use evermemo_tests::{
    Gate, Mode, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until,
};
use std::time::Duration;

on_every_runtime! {
    p3_3_an_inserted_value_beats_the_load_in_progress,
    p3_3_an_inserted_value_beats_the_refresh_in_progress,
    p3_3_an_inserted_value_beats_a_forced_load,
    p3_3_the_last_inserted_value_stays,
    p3_3_an_invalidation_beats_the_insertion_before_it,
}

async fn p3_3_an_inserted_value_beats_the_load_in_progress<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::shut());
    let memo = Builder::on(rt).storage(storage.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    assert!(polled(&mut a).await.is_pending());

    memo.cache().try_insert(7, 100).await.unwrap();

    let hit = memo.outcome(7).await.unwrap();
    assert_eq!((hit.value, hit.source), (100, Source::Hit));
    assert!(polled(&mut a).await.is_pending());
    source.gates.open_at(1);
    assert_eq!(a.await.unwrap(), 1);
    assert_eq!((value_of(&storage, 7), memo.cache().in_flight()), (Some(100), 0));
}

async fn p3_3_an_inserted_value_beats_the_refresh_in_progress<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage(storage.clone());
    let memo = builder.update_after(Duration::from_secs(1)).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    source.gates.shut_at(2);
    rt.advance(Duration::from_secs(1));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    memo.try_insert(7, 100).await.unwrap();
    source.gates.open_at(2);

    for _ in 0..10 {
        let hit = memo.outcome(7).await.unwrap();
        assert_eq!((hit.value, hit.source), (100, Source::Hit));
        evermemo_tests::yielded().await;
    }
    assert_eq!((value_of(&storage, 7), memo.cache().in_flight()), (Some(100), 0));
}

/// Who waits behind the forced load still has what is loaded after it asked.
async fn p3_3_an_inserted_value_beats_a_forced_load<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::shut());
    let memo = Builder::on(rt).storage(storage.clone()).wrap(source.method());
    let (mut a, mut b) = (Box::pin(memo.force_refresh(7)), Box::pin(memo.force_refresh(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    memo.try_insert(7, 100).await.unwrap();
    source.gates.open_at(1);

    assert_eq!((a.await.unwrap(), value_of(&storage, 7)), (1, Some(100)));
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_at(2);
    assert_eq!((b.await.unwrap(), value_of(&storage, 7)), (2, Some(2)));
}

async fn p3_3_the_last_inserted_value_stays<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(Numbered::open().method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let (mut first, mut last) =
        (Box::pin(memo.try_insert(7, 100)), Box::pin(memo.try_insert(7, 200)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut last).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 200);

    gate.open();

    first.await.unwrap();
    last.await.unwrap();
    assert_eq!((value_of(probe.within(), 7), memo.cache().in_flight()), (Some(200), 0));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn p3_3_an_invalidation_beats_the_insertion_before_it<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let (mut insertion, mut invalidation) =
        (Box::pin(memo.try_insert(7, 100)), Box::pin(memo.try_invalidate(&7)));
    assert!(polled(&mut insertion).await.is_pending());
    assert!(polled(&mut invalidation).await.is_pending());

    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (1, Source::Loaded));
    gate.open();
    insertion.await.unwrap();
    invalidation.await.unwrap();

    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_ne!(value_of(probe.within(), 7), Some(100));
    assert_ne!(memo.call(7).await.unwrap(), 100);
}
