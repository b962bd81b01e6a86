//! A storage never fails a call.

use evermemo::{
    Builder, Cache, LeastRecentlyUpdatedEvictionStrategy, Runtime, Source, StorageFailure,
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, all, on_every_runtime, polled, stored,
    until, yielded,
};
use std::{convert::Infallible, error::Error as _, io, task::Poll, time::Duration};

on_every_runtime! {
    b57_a_failing_read_is_a_miss,
    b57_a_failing_second_look_is_a_miss,
    b58_a_failing_write_costs_nobody_the_value,
    b59_a_failing_release_is_the_invalidation_s_error,
    b59_a_failing_clear_is_its_caller_s_error,
    p7_1_a_hanging_read_is_cut_off,
    p3_3_an_insertion_that_is_not_kept_says_so,
    p7_1_a_hanging_write_is_cut_off,
    p7_1_a_failing_write_of_a_refresh_leaves_the_old_value,
    p7_2_the_caller_has_its_value_before_the_storage_has_the_entry,
    p7_2_pending_writes_are_bounded,
    p7_2_a_full_house_of_hanging_writes_fails_nobody,
}

const PATIENCE: Duration = Duration::from_millis(20);

async fn b57_a_failing_read_is_a_miss<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::shut());
    probe.set(Operation::Get, Mode::Fail("no"));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method::<u32>());
    let mut callers: Vec<_> = (0..3).map(|_| Box::pin(memo.call(7))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();
    let answers = all(callers).await.into_iter().map(Result::unwrap);
    assert_eq!(Vec::from_iter(answers), [1, 1, 1]);
    assert_eq!(source.count(), 1);
    let stats = memo.stats();
    assert!(stats.storage_errors >= 1);
    assert_eq!((stats.loads, stats.joins, stats.load_failures), (1, 2, 0));

    // What was loaded was offered all the same.
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.set(Operation::Get, Mode::Pass);
    let hit = memo.outcome(7).await.unwrap();
    assert_eq!((hit.value, hit.source), (1, Source::Hit));
}

/// The look before the load is made after every slow first look, and may fail, too.
async fn b57_a_failing_second_look_is_a_miss<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(gate.clone()));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method::<u32>());
    let mut slow = Box::pin(memo.outcome(7));
    assert!(polled(&mut slow).await.is_pending());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;

    probe.set(Operation::Get, Mode::Fail("no"));
    gate.open();
    let slow = slow.await.unwrap();
    assert_eq!((slow.value, slow.source), (2, Source::Loaded));
    assert!(memo.stats().storage_errors >= 1);
    assert_eq!(memo.stats().calls(), 2);
}

async fn b58_a_failing_write_costs_nobody_the_value<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::open());
    source.gates.shut_at(1);
    probe.set(Operation::Offer, Mode::Fail("no"));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method::<u32>());
    let (mut a, mut b) = (Box::pin(memo.outcome(7)), Box::pin(memo.outcome(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_all();
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    assert_eq!((a.value, a.source), (1, Source::Loaded));
    assert_eq!((b.value, b.source), (1, Source::Joined));
    until(&rt, || memo.stats().storage_errors == 1 && memo.cache().in_flight() == 0).await;

    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (2, Source::Loaded, 2));
    assert_eq!(probe.within().len(), 0);
    assert_eq!(memo.stats().load_failures, 0);
}

async fn b59_a_failing_release_is_the_invalidation_s_error<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::shut());
    probe.set(Operation::Release, Mode::Fail("no"));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method::<u32>());
    let mut flying = Box::pin(memo.call(7));
    assert!(polled(&mut flying).await.is_pending());

    let error = memo.try_invalidate(&7).await.unwrap_err();
    let error = error.downcast_ref::<io::Error>().expect("the storage's own error");
    assert_eq!(error.to_string(), "no");

    // What is in flight was superseded all the same.
    source.gates.open_all();
    assert_eq!(flying.await.unwrap(), 1);
    assert_eq!(probe.count(Operation::Offer, Moment::Began), 0);
    assert_eq!((memo.cache().in_flight(), probe.within().len()), (0, 0));
    assert_eq!(memo.call(7).await.unwrap(), 2);
}

#[test]
fn b59_a_failing_release_is_the_error_of_the_support() {
    use evermemo::{Smol, SmolLocal};

    let probe = Probe::new();
    probe.set(Operation::Release, Mode::Fail("no"));
    let memo = Builder::on(Smol).storage(probe.clone()).wrap(Numbered::open().method::<u32>());
    let support = memo.invalidation();
    let error = smol::block_on(support.invalidate_for_arguments(7)).unwrap_err();
    assert_eq!(error.to_string(), "no");
    assert!(error.source().is_none());

    let local = SmolLocal::default();
    let memo = Builder::on(local.clone()).storage(probe).wrap(Numbered::open().method::<u32>());
    let support = memo.local_invalidation();
    let error = local.block_on(support.invalidate_for_arguments(7)).unwrap_err();
    assert_eq!(error.to_string(), "no");
}

async fn b59_a_failing_clear_is_its_caller_s_error<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::open());
    probe.allow_clear();
    probe.next(Operation::Clear, Mode::Fail("no"));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method::<u32>());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    source.gates.shut_at(2);
    let mut forced = Box::pin(memo.force_refresh(7));
    assert!(polled(&mut forced).await.is_pending());

    assert_eq!(memo.try_clear().await.unwrap_err().to_string(), "no");
    // The entry is still there, but nothing of what was in flight comes to it.
    source.gates.open_all();
    assert_eq!(forced.await.unwrap(), 2);
    let hit = memo.outcome(7).await.unwrap();
    assert_eq!((hit.value, hit.source), (1, Source::Hit));

    memo.try_clear().await.unwrap();
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
}

async fn p7_1_a_hanging_read_is_cut_off<R: Timed>(rt: R) {
    let probe = Probe::new();
    probe.set(Operation::Get, Mode::Hang);
    let memo = Builder::on(rt.plain())
        .storage(probe.clone())
        .storage_timeout(PATIENCE)
        .wrap(Numbered::open().method::<u32>());
    let mut call = Box::pin(memo.call(7));
    let mut answer = polled(&mut call).await;
    assert!(answer.is_pending());
    until(&rt, || probe.count(Operation::Get, Moment::Began) > 0).await;
    // Bounded by five seconds, and not by the text below.
    for _ in 0..5_000 {
        if answer.is_ready() {
            break;
        }
        rt.plain().sleep(Duration::from_millis(1)).await;
        answer = polled(&mut call).await;
    }
    let Poll::Ready(answer) = answer else { panic!("the call hangs with its storage") };
    assert_eq!(answer.unwrap(), 1);
    let (began, dropped) =
        (probe.count(Operation::Get, Moment::Began), probe.count(Operation::Get, Moment::Dropped));
    assert_eq!(began, dropped);
    assert!(memo.stats().storage_errors >= 1);
}

async fn p3_3_an_insertion_that_is_not_kept_says_so<R: Timed>(rt: R) {
    let probe = Probe::new();
    let cache: Cache<u32, u32, Infallible, R::Plain> = Builder::on(rt.plain())
        .storage(probe.clone())
        .storage_timeout(Duration::from_millis(20))
        .build();
    cache.try_insert(7, 1).await.unwrap();
    probe.set(Operation::Offer, Mode::Hang);
    let error = cache.try_insert(7, 2).await.expect_err("it hangs");
    assert_eq!(error.downcast_ref(), Some(&StorageFailure::TimedOut));
    probe.set(Operation::Offer, Mode::Fail("full"));
    let error = cache.try_insert(7, 3).await.expect_err("it is full");
    assert_eq!(error.to_string(), "full");
    probe.set(Operation::Offer, Mode::Pass);
    cache.try_insert(7, 4).await.unwrap();
    assert_eq!(stored(probe.within(), &7).unwrap().value, 4);
}

async fn p7_1_a_hanging_write_is_cut_off<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::open());
    probe.set(Operation::Offer, Mode::Hang);
    let memo = Builder::on(rt.plain())
        .storage(probe.clone())
        .storage_timeout(PATIENCE)
        .wrap(source.method::<u32>());
    let Poll::Ready(answer) = polled(&mut Box::pin(memo.call(7))).await else {
        panic!("a caller does not wait for the write");
    };
    assert_eq!(answer.unwrap(), 1);
    until(&rt, || probe.count(Operation::Offer, Moment::Dropped) == 1).await;
    until(&rt, || memo.stats().storage_errors == 1 && memo.cache().in_flight() == 0).await;

    probe.set(Operation::Offer, Mode::Pass);
    assert_eq!(memo.call(7).await.unwrap(), 2);
    until(&rt, || stored(probe.within(), &7).is_some()).await;
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn p7_1_a_failing_write_of_a_refresh_leaves_the_old_value<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .update_after(Duration::ZERO)
        .wrap(source.method::<u32>());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;

    probe.next(Operation::Offer, Mode::Fail("no"));
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.stats().storage_errors == 1 && memo.cache().in_flight() == 0).await;
    // The load itself did not fail.
    assert_eq!((memo.stats().refreshes, memo.stats().refresh_failures), (1, 0));
    let stale = memo.outcome(7).await.unwrap();
    assert_eq!((stale.value, stale.source), (1, Source::Stale));
    until(&rt, || stored(probe.within(), &7).is_some_and(|entry| entry.value == 3)).await;
}

async fn p7_2_the_caller_has_its_value_before_the_storage_has_the_entry<R: Timed>(rt: R) {
    for (update_after, source) in [(Duration::MAX, Source::Hit), (Duration::ZERO, Source::Stale)] {
        let (probe, numbered, gate) = (Probe::new(), Numbered::open(), Gate::shut());
        probe.set(Operation::Offer, Mode::Wait(gate.clone()));
        let memo = Builder::on(rt.clone())
            .storage(probe.clone())
            .storage_timeout(Duration::MAX)
            .update_after(update_after)
            .wrap(numbered.method::<u32>());
        let Poll::Ready(answer) = polled(&mut Box::pin(memo.call(7))).await else {
            panic!("a caller does not wait for the write");
        };
        assert_eq!(answer.unwrap(), 1);

        // The flight answers for the storage.
        for calls in 1..=3 {
            let again = memo.outcome(7).await.unwrap();
            assert_eq!((again.value, again.source), (1, source));
            let stats = memo.stats();
            assert_eq!(stats.hits + stats.stale, calls);
        }
        assert_eq!((numbered.count(), stored(probe.within(), &7)), (1, None));
        assert_eq!(memo.stats().refreshes, 0);

        gate.open();
        until(&rt, || stored(probe.within(), &7).is_some()).await;
        until(&rt, || memo.cache().in_flight() == 0).await;
        assert_eq!(memo.outcome(7).await.unwrap().source, source);
    }
}

async fn p7_2_pending_writes_are_bounded<R: Timed>(rt: R) {
    const N: u32 = 1_024;
    let (probe, gate) = (Probe::new(), Gate::shut());
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .storage_timeout(Duration::MAX)
        .wrap(Numbered::open().method::<u32>());
    let under_way = || {
        probe.count(Operation::Offer, Moment::Began) - probe.count(Operation::Offer, Moment::Ended)
    };
    for key in 0..N {
        assert!(polled(&mut Box::pin(memo.call(key))).await.is_ready());
    }
    let mut one_more = Box::pin(memo.call(N));
    assert!(polled(&mut one_more).await.is_pending());
    for _ in 0..20 {
        yielded().await;
        assert!(polled(&mut one_more).await.is_pending());
    }
    assert_eq!(under_way(), N as usize);

    gate.open();
    assert_eq!(one_more.await.unwrap(), N + 1);
    until(&rt, || probe.within().len() == N as usize + 1).await;
    until(&rt, || memo.cache().in_flight() == 0).await;
    let (mut now, mut most) = (0_usize, 0);
    for (operation, _, moment) in probe.log() {
        match (operation, moment) {
            (Operation::Offer, Moment::Began) => now += 1,
            (Operation::Offer, _) => now -= 1,
            _ => {}
        }
        most = most.max(now);
    }
    assert_eq!(most, N as usize);
    assert_eq!(memo.stats().storage_errors, 0);
}

/// A caller who waits for a place waits no longer than the storage may take.
async fn p7_2_a_full_house_of_hanging_writes_fails_nobody<R: Timed>(rt: R) {
    const N: u32 = 1_100;
    let probe = Probe::new();
    probe.set(Operation::Offer, Mode::Hang);
    let memo = Builder::on(rt.plain())
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(N as usize))
        .storage_timeout(PATIENCE)
        .wrap(Numbered::open().method::<u32>());
    for key in 0..N {
        assert_eq!(memo.call(key).await.unwrap(), key + 1);
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    until(&rt, || memo.stats().storage_errors == N as usize).await;
    let (began, dropped) = (
        probe.count(Operation::Offer, Moment::Began),
        probe.count(Operation::Offer, Moment::Dropped),
    );
    assert_eq!(began, dropped);
    // The places are free again.
    probe.set(Operation::Offer, Mode::Pass);
    assert_eq!(memo.call(0).await.unwrap(), N + 1);
    until(&rt, || stored(probe.within(), &0).is_some()).await;
}
