//! Changes of stored entries: with times of their own, and several at once.

use evermemo::{Builder, Cached, LocalBoxFuture, Memo, MethodName, Runtime, Source, testing};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, caught, on_every_runtime, polled, until,
};
use futures_util::FutureExt;
use std::{convert::Infallible, time::Duration};

on_every_runtime! {
    p3_8_an_inserted_value_brings_its_own_times,
    p3_9_many_changes_are_made_each_as_it_would_be_alone,
    p3_10_an_update_makes_its_value_of_the_present_one,
    p3_10_an_update_supersedes_the_load_of_its_key_once_it_has_a_value,
    p3_10_an_update_that_panics_leaves_everything_as_it_was,
    p3_10_an_update_begins_anew_when_its_key_has_changed_meanwhile,
}

type Answers<R> = Memo<u32, u32, Infallible, R>;

const SECOND: Duration = Duration::from_secs(1);

/// One whose loads end at once: over the cache's own memory, over memory behind an extractor, and
/// over a storage that waits.
fn kinds<R: Timed>(rt: &R) -> [Answers<R>; 3] {
    let builder = || Builder::on(rt.clone());
    let method = || Numbered::open().method();
    [
        builder().wrap(method()),
        builder().key_extractor(|_: MethodName, key: &u32| u64::from(*key)).wrap(method()),
        builder().storage(Probe::new()).wrap(method()),
    ]
}

async fn p3_8_an_inserted_value_brings_its_own_times<R: Timed>(rt: R) {
    for memo in kinds(&rt) {
        let source = async || memo.outcome(7).await.unwrap().source;
        let short = |value| Cached::new(value).update_after(SECOND).expire_after(2 * SECOND);
        memo.insert_with(7, short(70)).await;
        memo.insert(8, 80).await;
        assert_eq!((memo.call(7).await.unwrap(), source().await), (70, Source::Hit));
        rt.advance(SECOND);
        assert_eq!(source().await, Source::Stale);
        until(&rt, || memo.in_flight() == 0).await;
        memo.try_insert_with(7, short(71)).await.unwrap();
        rt.advance(2 * SECOND);
        assert_eq!(source().await, Source::Loaded);
        assert_eq!(memo.outcome(8).await.unwrap().source, Source::Hit);
        until(&rt, || memo.in_flight() == 0).await;

        // Nobody waits for the value, so what is not to be stored leaves nothing older.
        for gone in [Cached::new(0).do_not_store(), Cached::new(0).expire_after(Duration::ZERO)] {
            memo.insert(7, 72).await;
            assert_eq!(source().await, Source::Hit);
            memo.insert_with(7, gone).await;
            assert_eq!(source().await, Source::Loaded);
            until(&rt, || memo.in_flight() == 0).await;
        }
    }
}

async fn p3_9_many_changes_are_made_each_as_it_would_be_alone<R: Timed>(rt: R) {
    for memo in kinds(&rt) {
        // More than a storage that waits is given at a time, and one key twice.
        memo.insert_many((0..300).map(|key| (key, key)).chain([(7, 1_007)])).await;
        until(&rt, || memo.in_flight() == 0).await;
        assert_eq!(memo.len(), 300);
        for (key, value) in [(0, 0), (7, 1_007), (299, 299)] {
            assert_eq!(memo.call(key).await.unwrap(), value);
        }
        memo.invalidate_many((0..200).collect::<Vec<_>>().iter()).await;
        assert_eq!((memo.len(), memo.stats().loads), (100, 0));
        assert_eq!(memo.outcome(250).await.unwrap().source, Source::Hit);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    }
    // Loads that began before are not stored, and answer their callers.
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let mut calls = [1, 2, 3].map(|key| Box::pin(memo.call(key)));
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    memo.insert_many([(1, 10), (4, 40)]).await;
    memo.invalidate_many([&2]).await;
    source.gates.open_all();
    for (call, value) in calls.into_iter().zip([1, 2, 3]) {
        assert_eq!(call.await.unwrap(), value);
    }
    let stored = [1, 2, 3, 4].map(|key| memo.cache().entry(&key).map(|entry| entry.value));
    assert_eq!(stored, [Some(10), None, Some(3), Some(40)]);
}

async fn p3_10_an_update_makes_its_value_of_the_present_one<R: Timed>(rt: R) {
    for memo in kinds(&rt) {
        for round in 1..=3 {
            memo.update(7, |value| Some(value.map_or(10, |value| value + 1))).await;
            let outcome = memo.outcome(7).await.unwrap();
            assert_eq!((outcome.value, outcome.source), (9 + round, Source::Hit));
        }
        until(&rt, || memo.in_flight() == 0).await;
        memo.try_update(7, |value| value.filter(|value| **value < 12).copied()).await.unwrap();
        assert_eq!((memo.len(), memo.stats().loads), (0, 0));
        // Where nothing is, nothing has to be removed, and what has expired is nothing.
        memo.insert_with(7, Cached::new(1).expire_after(SECOND)).await;
        rt.advance(SECOND);
        let mut seen = Vec::new();
        memo.update(7, |value| {
            seen.push(value.copied());
            None
        })
        .await;
        assert_eq!(seen, [None]);
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
        until(&rt, || memo.in_flight() == 0).await;
    }
}

async fn p3_10_an_update_supersedes_the_load_of_its_key_once_it_has_a_value<R: Timed>(rt: R) {
    for waits in [false, true] {
        let (memo, source) = gated(&rt, waits);
        let mut calls = [7, 8].map(|key| Box::pin(memo.call(key)));
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        until(&rt, || source.count() == 2).await;
        memo.update(7, |value| {
            assert_eq!(value, None);
            Some(70)
        })
        .await;
        // Nothing is there, and nothing is made: the load goes on.
        memo.update(8, |_| None).await;
        source.gates.open_all();
        for call in calls {
            assert!(call.await.unwrap() <= 2);
        }
        until(&rt, || memo.in_flight() == 0).await;
        assert_eq!(memo.call(7).await.unwrap(), 70);
        assert!(memo.call(8).await.unwrap() <= 2);
        assert_eq!(source.count(), 2);
    }
}

async fn p3_10_an_update_that_panics_leaves_everything_as_it_was<R: Timed>(rt: R) {
    for waits in [false, true] {
        let (memo, source) = gated(&rt, waits);
        memo.insert(8, 80).await;
        until(&rt, || memo.in_flight() == 0).await;
        let mut call = Box::pin(memo.call(7));
        assert!(polled(&mut call).await.is_pending());
        until(&rt, || source.count() == 1).await;
        for key in [7, 8] {
            let panics = memo.update(key, |_| panic!("boom"));
            assert!(caught(panics).await.is_err());
        }
        source.gates.open_all();
        assert_eq!(call.await.unwrap(), 1);
        until(&rt, || memo.in_flight() == 0).await;
        for (key, value) in [(7, 1), (8, 80)] {
            let outcome = memo.outcome(key).await.unwrap();
            assert_eq!((outcome.value, outcome.source), (value, Source::Hit));
        }
    }
}

/// A storage that waits lets others in while it is looked into.
async fn p3_10_an_update_begins_anew_when_its_key_has_changed_meanwhile<R: Timed>(rt: R) {
    for change in 0..4 {
        let probe = Probe::new();
        let memo = memo(&rt, &probe);
        memo.insert(7, 1).await;
        until(&rt, || memo.in_flight() == 0).await;
        let gate = Gate::shut();
        probe.next(Operation::Get, Mode::Wait(gate.clone()));
        let mut seen = Vec::new();
        let mut update = Box::pin(memo.update(7, |value| {
            seen.push(value.copied());
            Some(value.copied().unwrap_or(0) + 1)
        }));
        assert!(polled(&mut update).await.is_pending());
        let mut changed: LocalBoxFuture<'_, ()> = match change {
            0 => Box::pin(memo.insert(7, 10)),
            1 => Box::pin(memo.invalidate(&7)),
            2 => Box::pin(memo.clear()),
            _ => Box::pin(memo.update(7, |_| Some(10))),
        };
        let _waits_for_its_turn = polled(&mut changed).await;
        gate.open();
        let ((), ()) = futures_util::future::join(update, changed).await;
        let (last, value) = (seen.last().copied().flatten(), memo.call(7).await.unwrap());
        match change {
            0 => assert_eq!((last, value), (Some(10), 11)),
            1 | 2 => assert_eq!((last, value), (None, 1)),
            // One of the two comes first.
            _ => assert!([(Some(1), 10), (Some(10), 11)].contains(&(last, value))),
        }
        until(&rt, || memo.in_flight() == 0).await;
    }
}

#[test]
fn p3_10_updates_of_two_threads_lose_none() {
    const ROUNDS: u32 = 10_000;
    let memo = evermemo::builder().wrap(|_: u32| async { 0_u32 });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let updated = memo.update(7, |count| Some(count.copied().unwrap_or(0) + 1));
                    updated.now_or_never().expect("memory does not wait");
                }
            });
        }
    });
    assert_eq!(memo.cache().entry(&7).map(|entry| entry.value), Some(2 * ROUNDS));
    assert_eq!(memo.in_flight(), 0);
}

#[test]
fn p3_10_an_update_of_what_cannot_be_read_changes_nothing() {
    testing::run(async |time| {
        let probe = Probe::new();
        let memo = memo(&time, &probe);
        memo.insert(7, 1).await;
        probe.next(Operation::Get, Mode::Fail("shut"));
        let failed = memo.try_update(7, |_| unreachable!("it is not known")).await;
        assert_eq!(failed.unwrap_err().to_string(), "shut");
        assert_eq!((memo.call(7).await.unwrap(), memo.stats().storage_errors), (1, 1));
        // One that cannot be written is lost, and nothing older answers.
        probe.next(Operation::Offer, Mode::Fail("full"));
        assert_eq!(memo.try_update(7, |_| Some(2)).await.unwrap_err().to_string(), "full");
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    });
}

#[test]
fn p3_9_the_first_error_of_many_changes_is_returned_and_the_others_are_made() {
    testing::run(async |time| {
        let probe = Probe::new();
        let memo = memo(&time, &probe);
        probe.next(Operation::Offer, Mode::Pass);
        probe.next(Operation::Offer, Mode::Fail("full"));
        probe.next(Operation::Offer, Mode::Fail("fuller"));
        let inserted = memo.try_insert_many((0..100).map(|key| (key, key))).await;
        assert_eq!(inserted.unwrap_err().to_string(), "full");
        assert_eq!((memo.len(), memo.stats().storage_errors), (98, 2));

        probe.next(Operation::Release, Mode::Fail("shut"));
        let removed = memo.try_invalidate_many(&[0, 1, 2, 3, 4]).await;
        assert_eq!(removed.unwrap_err().to_string(), "shut");
        assert_eq!((memo.len(), memo.stats().storage_errors), (96, 3));
    });
}

#[test]
fn p3_9_many_changes_go_on_when_their_handle_is_dropped() {
    testing::run(async |time| {
        let (probe, gate) = (Probe::new(), Gate::shut());
        let memo = memo(&time, &probe);
        for operation in [Operation::Offer, Operation::Release] {
            probe.set(operation, Mode::Wait(gate.clone()));
        }
        let changes: [LocalBoxFuture<'_, ()>; 2] = [
            Box::pin(memo.insert_many((0..200).map(|key| (key, key)))),
            Box::pin(memo.invalidate_many((200..400).collect::<Vec<_>>().leak().iter())),
        ];
        for mut change in changes {
            assert!(polled(&mut change).await.is_pending());
        }
        assert_eq!(probe.count(Operation::Offer, Moment::Began), 64);
        gate.open();
        time.settle().await;
        assert_eq!(probe.count(Operation::Offer, Moment::Ended), 200);
        assert_eq!(probe.count(Operation::Release, Moment::Ended), 200);
        assert_eq!((memo.len(), memo.in_flight()), (200, 0));
    });
}

/// A memo whose loads wait, over memory or over a storage that waits.
fn gated<R: Timed>(rt: &R, waits: bool) -> (Answers<R>, Numbered) {
    let source = Numbered::shut();
    let builder = Builder::on(rt.clone());
    let memo = match waits {
        false => builder.wrap(source.method()),
        true => builder.storage(Probe::new()).wrap(source.method()),
    };
    (memo, source)
}

/// A memo over this storage.
fn memo<R: Runtime + Clone>(rt: &R, probe: &Probe<u32, u32>) -> Answers<R> {
    Builder::on(rt.clone()).storage(probe.clone()).wrap(Numbered::open().method())
}
