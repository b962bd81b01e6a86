//! What answers for a load that has failed.

use super::{
    HOUR, MINUTE, NANO, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Page, Told, Way, boom},
    cause,
};

use evermemo::{
    Backoff, Builder, CacheEntry, Cached, DefaultInMemoryCacheConfiguration, Failure, Source,
    Trigger, testing,
};
use evermemo_tests::{Gate, Mode, Operation, Probe, Timed, all, on_every_runtime, polled};
use std::time::Duration;

on_every_runtime! {
    p4_3_an_expired_entry_stands_in_for_a_load_that_fails,
    p4_3_an_expired_entry_stands_in_for_a_load_that_panics,
    p4_3_an_expired_entry_stands_in_for_a_load_that_is_abandoned,
    p4_3_nothing_stands_in_from_the_cap_on,
    p4_3_a_load_that_ends_after_the_cap_is_answered_with_its_error,
    p4_3_failures_do_not_move_the_cap,
    p4_3_a_predicate_tells_outages_from_answers,
    p4_3_a_predicate_is_not_asked_about_panics,
    p4_3_within_the_pause_the_old_value_is_the_answer_at_once,
    p4_3_a_pause_that_began_while_stale_goes_on_after_expiry,
    p4_3_an_answer_of_the_backend_ends_the_pause_of_an_outage,
    p4_3_joiners_are_answered_with_the_old_value_too,
    p4_3_joiners_of_a_refresh_that_fails_are_answered_with_the_old_value,
    p4_3_a_forced_load_is_never_answered_with_the_old_value,
    p4_3_a_forced_load_that_joins_another_is_not_either,
    p4_3_what_was_invalidated_never_stands_in,
    p4_3_what_is_invalidated_during_a_load_stands_in_for_nobody_who_comes_later,
    p4_3_what_is_cleared_during_a_load_stands_in_for_nobody_who_comes_later,
    p4_3_off_by_default,
    p4_3_a_storage_that_waits_brings_what_stands_in,
    p4_3_a_value_without_a_life_never_stands_in,
    p4_3_a_value_that_is_not_to_be_stored_never_stands_in,
    p4_3_a_value_that_is_inserted_stands_in,
    p4_3_a_load_that_works_replaces_what_stood_in,
    p4_3_a_window_without_end_is_not_an_overflow,
    p4_3_who_joins_a_forced_load_that_fails_is_answered_with_the_old_value,
    p4_3_a_predicate_that_panics_harms_nobody,
    p4_3_a_configuration_of_one_s_own_is_backed_up_too,
}

/// Values live a minute, and may stand in for an hour after that.
const CAP: Duration = Duration::from_secs(60 + 3600);

async fn p4_3_an_expired_entry_stands_in_for_a_load_that_fails<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::NONE).await;
    backend.fail();

    let outcome = memo.outcome(1).await.unwrap();

    assert_eq!((outcome.value, outcome.source, outcome.age), (1, Source::Stale, MINUTE));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.load_failures, stats.stale), (2, 1, 0));
    assert_eq!((stats.refreshes, stats.calls(), memo.cache().in_flight()), (0, 2, 0));
    let failed = Told::Ended { key: 1, trigger: Trigger::Call, result: Err("down".into()) };
    assert_eq!(page.take(), [Told::Started(1, Trigger::Call), failed, Told::Stale(1, 1)]);
}

async fn p4_3_an_expired_entry_stands_in_for_a_load_that_panics<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    backend.set(Way::Panics);

    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

    assert_eq!((memo.stats().loads, memo.stats().panics), (2, 1));
}

async fn p4_3_an_expired_entry_stands_in_for_a_load_that_is_abandoned<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    rt.set_entered(false);
    rt.set_running(false);

    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

    assert_eq!((backend.count(), memo.cache().in_flight()), (1, 0));
}

#[test]
fn p4_3_an_expired_entry_stands_in_for_a_load_that_times_out() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .method_timeout(10 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        backend.set(Way::Hangs);

        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

        assert_eq!(time.elapsed(), 70 * SECOND);
        assert_eq!((memo.stats().timeouts, memo.stats().loads), (1, 2));
        assert_eq!((memo.cache().in_flight(), memo.stats().stale), (0, 0));
        // It pauses like any other failure.
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
        assert_eq!((backend.count(), memo.stats().stale), (2, 1));

        // A load that has no time at all is none that has failed to be answered.
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .method_timeout(Duration::ZERO)
            .try_wrap(backend.method());
        memo.insert(1, 7).await;
        time.advance(MINUTE).await;
        assert_eq!(answer(&memo, 1).await, (7, Source::Stale));
        assert_eq!((backend.count(), memo.stats().timeouts, memo.stats().loads), (2, 1, 1));
    });
}

async fn p4_3_nothing_stands_in_from_the_cap_on<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    backend.fail();
    rt.advance(CAP - MINUTE - NANO);
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

    rt.advance(NANO);
    assert_eq!(cause(&memo, 1).await, "down");

    rt.advance(HOUR);
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(memo.stats().load_failures, 3);
}

async fn p4_3_a_load_that_ends_after_the_cap_is_answered_with_its_error<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    rt.advance(CAP - MINUTE - NANO);
    let (mut leader, mut joiner) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut leader).await.is_pending());
    assert!(polled(&mut joiner).await.is_pending());

    rt.advance(NANO);
    backend.source.gates.open_at(2);

    assert_eq!(leader.await.expect_err("it is too old").cause(), Some(&"down"));
    assert_eq!(joiner.await.expect_err("it is too old").cause(), Some(&"down"));
    assert!(!page.take().iter().any(|told| matches!(told, Told::Stale(..))));
    // No caller is told to wait for a try when there is nothing to answer with meanwhile.
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
}

async fn p4_3_failures_do_not_move_the_cap<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::exponential(7 * MINUTE, 7 * MINUTE)).await;
    backend.fail();
    let start = rt.now();
    let cap = start + (CAP - MINUTE);
    while rt.now() < cap {
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        let pause = page.last_pause();
        rt.set(cap.min(rt.now() + pause));
    }

    assert_eq!(cause(&memo, 1).await, "down");

    // The attempts are bounded by the pauses.
    assert!((2 + 8..=2 + 12).contains(&backend.count()), "{} loads", backend.count());

    // Nor does a pause that reaches past the cap.
    let (backend, _, memo) = expired(&rt, Backoff::exponential(10 * HOUR, 10 * HOUR)).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    rt.advance(CAP - MINUTE - NANO);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    rt.advance(NANO);
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(backend.count(), 4);
}

async fn p4_3_a_predicate_tells_outages_from_answers<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error_when(HOUR, |error: &&'static str| *error != "no such thing")
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);

    // Each is heard, and the next call asks again.
    backend.set(Way::Fails("no such thing"));
    for loads in 2..=4 {
        assert_eq!(cause(&memo, 1).await, "no such thing");
        assert_eq!(backend.count(), loads);
    }
    assert_eq!(memo.stats().stale, 0);

    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    assert_eq!((backend.count(), memo.stats().stale), (5, 1));
}

async fn p4_3_a_predicate_is_not_asked_about_panics<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error_when(HOUR, |_: &&'static str| false)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);

    backend.set(Way::Panics);
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    // It pauses, as after an outage.
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    assert_eq!(backend.count(), 2);
}

async fn p4_3_within_the_pause_the_old_value_is_the_answer_at_once<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::exponential(MINUTE, MINUTE)).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    let pause = page.last_pause();
    assert!((45 * SECOND..=MINUTE).contains(&pause), "{pause:?}");
    page.take();

    rt.advance(pause - NANO);
    for _ in 0..10 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    let stats = memo.stats();
    assert_eq!((backend.count(), stats.loads, stats.stale, stats.refreshes), (2, 2, 10, 0));
    assert_eq!(page.take(), vec![Told::Stale(1, 1); 10]);

    rt.advance(NANO);
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    let stats = memo.stats();
    assert_eq!((backend.count(), stats.loads, stats.stale), (3, 3, 10));
    assert_eq!((stats.load_failures, stats.calls()), (2, 13));
}

async fn p4_3_a_pause_that_began_while_stale_goes_on_after_expiry<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(50 * SECOND)
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .refresh_backoff(Backoff::exponential(30 * SECOND, 30 * SECOND))
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(50 * SECOND);
    backend.fail();
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(backend.count(), 2);
    let pause = page.last_pause();

    rt.advance(pause - NANO);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!((backend.count(), memo.stats().loads, memo.stats().stale), (2, 1, 2));

    rt.advance(NANO);
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    assert_eq!((backend.count(), memo.stats().loads, memo.stats().stale), (3, 2, 2));
}

/// An outage pauses; before its end a forced load is told that there is no such
/// thing. No caller is answered with the old value from then on.
async fn p4_3_an_answer_of_the_backend_ends_the_pause_of_an_outage<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error_when(HOUR, |error: &&'static str| *error != "no such thing")
        .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    rt.advance(page.last_pause());

    backend.set(Way::Fails("no such thing"));
    assert_eq!(cause(&memo, 1).await, "no such thing");
    assert_eq!(cause(&memo, 1).await, "no such thing");
    assert_eq!((backend.count(), memo.stats().stale), (4, 0));
}

async fn p4_3_joiners_are_answered_with_the_old_value_too<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    let mut callers: Vec<_> = (0..4).map(|_| Box::pin(memo.outcome(1))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    backend.source.gates.open_at(2);

    for outcome in all(callers).await {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.value, outcome.source), (1, Source::Stale));
    }

    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.stale, stats.load_failures), (2, 3, 0, 1));
    assert_eq!((stats.calls(), backend.count(), memo.cache().in_flight()), (5, 2, 0));
    assert_eq!(page.take().iter().filter(|told| **told == Told::Stale(1, 1)).count(), 4);
}

async fn p4_3_joiners_of_a_refresh_that_fails_are_answered_with_the_old_value<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(50 * SECOND)
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(50 * SECOND);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    rt.advance(10 * SECOND);
    backend.fail();
    let mut joiner = Box::pin(memo.outcome(1));
    assert!(polled(&mut joiner).await.is_pending());
    backend.source.gates.open_all();

    let joined = joiner.await.unwrap();

    assert_eq!((joined.value, joined.source), (1, Source::Stale));
    at_rest(&rt, &memo).await;
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.stale, stats.refresh_failures), (1, 1, 1, 1));
}

async fn p4_3_a_forced_load_is_never_answered_with_the_old_value<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    for way in [Way::Fails("down"), Way::Panics] {
        backend.set(way);
        assert!(memo.force_refresh(1).await.is_err());
        // It leaves what is stored as it was.
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    }
    assert_eq!(backend.count(), 5);

    // Nor within a pause.
    let (backend, _, memo) = expired(&rt, Backoff::exponential(HOUR, HOUR)).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    let error = memo.force_refresh(1).await.expect_err("it fails");
    assert_eq!((error.cause(), backend.count()), (Some(&"down"), 3));
    backend.set(Way::Works);
    assert_eq!(memo.force_refresh(1).await.unwrap(), 4);
}

/// Of two forced calls the later shares the next load.
async fn p4_3_a_forced_load_that_joins_another_is_not_either<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    let mut forced: Vec<_> = (0..4).map(|_| Box::pin(memo.force_refresh(1))).collect();
    for call in &mut forced {
        assert!(polled(call).await.is_pending());
    }
    backend.source.gates.open_all();

    for forced in all(forced).await {
        assert_eq!(forced.expect_err("it fails").cause(), Some(&"down"));
    }
    assert_eq!(backend.count(), 3);
}

async fn p4_3_what_was_invalidated_never_stands_in<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

    memo.invalidate(&1).await;
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(cause(&memo, 1).await, "down");

    let (backend, _, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    memo.clear().await;
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(cause(&memo, 1).await, "down");
}

async fn p4_3_what_is_invalidated_during_a_load_stands_in_for_nobody_who_comes_later<R: Timed>(
    rt: R,
) {
    let (backend, _, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    backend.source.gates.shut_at(3);
    let mut before = Box::pin(memo.call(1));
    assert!(polled(&mut before).await.is_pending());

    memo.invalidate(&1).await;
    let mut after = Box::pin(memo.call(1));
    assert!(polled(&mut after).await.is_pending());
    backend.source.gates.open_at(2);
    let _whatever = before.await;
    // What that one left behind is not for those who come later, either.
    let mut later = Box::pin(memo.call(1));
    assert!(polled(&mut later).await.is_pending());
    backend.source.gates.open_at(3);

    assert_eq!(after.await.expect_err("it is gone").cause(), Some(&"down"));
    assert_eq!(later.await.expect_err("it is gone").cause(), Some(&"down"));
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(backend.count(), 4);
}

async fn p4_3_what_is_cleared_during_a_load_stands_in_for_nobody_who_comes_later<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::default()).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    let mut before = Box::pin(memo.call(1));
    assert!(polled(&mut before).await.is_pending());

    memo.clear().await;
    backend.source.gates.open_at(2);
    let _whatever = before.await;

    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(backend.count(), 3);
}

async fn p4_3_off_by_default<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone()).expire_after(MINUTE).try_wrap(backend.method());
    answer(&memo, 1).await;
    backend.fail();
    rt.advance(MINUTE - NANO);
    assert_eq!(answer(&memo, 1).await, (1, Source::Hit));

    rt.advance(NANO);
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!((backend.count(), memo.stats().load_failures), (3, 2));
}

async fn p4_3_a_storage_that_waits_brings_what_stands_in<R: Timed>(rt: R) {
    let (backend, probe) = (Backend::up(), Probe::<u32, u32>::new());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
        .try_wrap(backend.method());
    let answer = || async {
        let outcome = memo.outcome(1).await.unwrap();
        (outcome.value, outcome.source)
    };
    assert_eq!(answer().await, (1, Source::Loaded));
    at_rest(&rt, &memo).await;
    rt.advance(MINUTE);
    backend.fail();
    assert_eq!(answer().await, (1, Source::Stale));
    assert_eq!(answer().await, (1, Source::Stale));
    assert_eq!((backend.count(), memo.stats().stale, memo.stats().loads), (2, 1, 2));

    // A caller that waits for the storage while the load fails has the old value too.
    rt.advance(MINUTE);
    backend.source.gates.shut_at(3);
    let mut leader = Box::pin(memo.outcome(1));
    while backend.count() < 3 {
        assert!(polled(&mut leader).await.is_pending());
    }
    let gate = Gate::shut();
    probe.next(Operation::Get, Mode::Wait(gate.clone()));
    let mut late = Box::pin(memo.outcome(1));
    assert!(polled(&mut late).await.is_pending());
    backend.source.gates.open_at(3);
    assert_eq!(leader.await.unwrap().source, Source::Stale);
    gate.open();
    assert_eq!(late.await.unwrap().source, Source::Stale);

    // A storage that brings nothing any more brings nothing that could stand in.
    rt.advance(MINUTE);
    probe.set(Operation::Get, Mode::Fail("lost"));
    assert!(memo.call(1).await.is_err());
    probe.set(Operation::Get, Mode::Pass);

    rt.set(rt.now() + (HOUR - 2 * MINUTE));
    assert!(memo.call(1).await.is_err(), "it is past the cap");
}

async fn p4_3_a_value_without_a_life_never_stands_in<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(Duration::ZERO)
        .stale_if_error(HOUR)
        .try_wrap(backend.method());
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    backend.fail();

    assert_eq!(cause(&memo, 1).await, "down");
    rt.advance(SECOND);
    assert_eq!(cause(&memo, 1).await, "down");
}

async fn p4_3_a_value_that_is_not_to_be_stored_never_stands_in<R: Timed>(rt: R) {
    let backend = Backend::up();
    let method = backend.method();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .wrap_loader(move |key, _: Option<CacheEntry<u32>>| {
            let loaded = method(key);
            async move { Ok(Cached::new(loaded.await?).do_not_store()) }
        });
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    backend.fail();

    assert_eq!(cause(&memo, 1).await, "down");
    rt.advance(MINUTE);
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(memo.len(), 0);
}

async fn p4_3_a_value_that_is_inserted_stands_in<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .refresh_backoff(Backoff::NONE)
        .try_wrap(backend.method());
    memo.insert(1, 50).await;
    rt.advance(CAP - NANO);
    backend.fail();

    assert_eq!(answer(&memo, 1).await, (50, Source::Stale));
    rt.advance(NANO);
    assert_eq!(cause(&memo, 1).await, "down");
}

async fn p4_3_a_load_that_works_replaces_what_stood_in<R: Timed>(rt: R) {
    let (backend, page, memo) = expired(&rt, Backoff::exponential(MINUTE, MINUTE)).await;
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    rt.advance(page.last_pause());

    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
    assert_eq!(at_once(&memo, 1).await, (3, Source::Hit));

    rt.advance(MINUTE);
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (3, Source::Stale));
}

async fn p4_3_a_window_without_end_is_not_an_overflow<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(Duration::MAX)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    backend.fail();
    rt.advance(100 * 365 * 24 * HOUR);

    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    let error = memo.force_refresh(1).await.expect_err("it fails");
    assert!(matches!(error.failure(), Failure::Method(_)));
}

async fn p4_3_who_joins_a_forced_load_that_fails_is_answered_with_the_old_value<R: Timed>(rt: R) {
    let (backend, _, memo) = expired(&rt, Backoff::NONE).await;
    backend.fail();
    backend.source.gates.shut_at(2);
    let mut forced = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut forced).await.is_pending());
    let mut joiner = Box::pin(memo.outcome(1));
    assert!(polled(&mut joiner).await.is_pending());
    backend.source.gates.open_all();

    assert_eq!(forced.await.expect_err("it fails").cause(), Some(&"down"));
    let joined = joiner.await.unwrap();
    assert_eq!((joined.value, joined.source), (1, Source::Stale));
    assert_eq!((backend.count(), memo.stats().joins), (2, 1));
}

async fn p4_3_a_predicate_that_panics_harms_nobody<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error_when(HOUR, |_: &&'static str| boom())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);
    backend.fail();

    // It has not said that it is an outage.
    for _ in 0..2 {
        assert_eq!(cause(&memo, 1).await, "down");
    }
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (4, Source::Loaded));
    assert_eq!((memo.stats().panics, memo.cache().in_flight()), (0, 0));
}

async fn p4_3_a_configuration_of_one_s_own_is_backed_up_too<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let configuration = DefaultInMemoryCacheConfiguration::<u32, u32>::default();
    let memo = Builder::on(rt.clone())
        .configuration(configuration)
        .stale_if_error_when(HOUR, |error: &&'static str| *error == "down")
        .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
        .cache_errors_for(10 * SECOND)
        .max_loads(1)
        .seed(1)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    // The default of the configuration.
    rt.advance(Duration::from_secs(1_800));
    backend.fail();
    for _ in 0..2 {
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    }
    for _ in 0..2 {
        assert_eq!(memo.call(2).await.expect_err("it fails").cause(), Some(&"down"));
    }
    let stats = memo.stats();
    assert_eq!((backend.count(), stats.stale, stats.cached_errors), (3, 1, 1));
    assert!(page.take().contains(&Told::Stale(1, 1)));
}

/// A memo whose entry of key 1 has just expired.
async fn expired<R: Timed>(rt: &R, backoff: Backoff) -> (Backend, Page, Numbers<R>) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .refresh_backoff(backoff)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    rt.advance(MINUTE);
    page.take();
    (backend, page, memo)
}
