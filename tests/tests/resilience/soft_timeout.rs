//! How long a caller waits who could have something old.

use super::{
    HOUR, MINUTE, NANO, SECOND, answer, at_once, at_rest,
    backend::{Backend, Page, Told, Way},
};

use evermemo::{Abandon, Backoff, Builder, Runtime, Source, testing};
use evermemo_tests::{Timed, ended, on_every_runtime, polled, until};
use futures_util::future::join;
use std::time::Duration;

on_every_runtime! {
    p4_4_a_caller_takes_the_old_value_and_the_load_goes_on,
    p4_4_a_load_that_nobody_waits_for_any_more_is_not_aborted,
}

/// On every runtime, so with a real timer: the clock by which entries age stands still.
async fn p4_4_a_caller_takes_the_old_value_and_the_load_goes_on<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let plain = rt.plain();
    let memo = Builder::on(plain.clone())
        .expire_after(20 * super::MS)
        .stale_if_error(HOUR)
        .soft_timeout(10 * super::MS)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    plain.sleep(25 * super::MS).await;

    let (a, b) = ended(&rt, join(answer(&memo, 1), answer(&memo, 1))).await;

    assert_eq!((a, b), ((1, Source::Stale), (1, Source::Stale)));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.stale, backend.count()), (2, 1, 0, 2));
    backend.source.gates.open_all();
    at_rest(&rt, &memo).await;
    assert_eq!(backend.count(), 2);
    assert_eq!(memo.stats().load_failures, 0);
}

async fn p4_4_a_load_that_nobody_waits_for_any_more_is_not_aborted<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let plain = rt.plain();
    let memo = Builder::on(plain.clone())
        .expire_after(HOUR)
        .on_abandon(Abandon::Abort)
        .stale_if_error(HOUR)
        .soft_timeout(10 * super::MS)
        .entry_builder(|_: &u32, value: u32, now: evermemo::Instant| {
            // The first is over soon.
            let life = if value == 1 { super::MS } else { HOUR };
            evermemo::CacheEntry::new(value, now).expires_after(now + life)
        })
        .try_wrap(backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    plain.sleep(2 * super::MS).await;

    let outcome = ended(&rt, memo.outcome(1)).await.unwrap();

    assert_eq!((outcome.value, outcome.source), (1, Source::Stale));
    assert_eq!(memo.cache().in_flight(), 1);
    backend.source.gates.open_all();
    until(&rt, || memo.cache().in_flight() == 0).await;
    let outcome = memo.outcome(1).await.unwrap();
    assert_eq!((outcome.value, outcome.source, backend.count()), (2, Source::Hit, 2));
}

#[test]
fn p4_4_leader_and_joiners_wait_so_long_and_no_longer() {
    for abandon in [Abandon::Finish, Abandon::Abort] {
        testing::run(async |time| {
            let (backend, page) = (Backend::shut_after_first(), Page::default());
            let memo = Builder::on(time.clone())
                .expire_after(MINUTE)
                .on_abandon(abandon)
                .stale_if_error(HOUR)
                .soft_timeout(2 * SECOND)
                .observer(page.clone())
                .try_wrap(backend.method());
            answer(&memo, 1).await;
            time.advance(MINUTE).await;
            page.take();

            let late = async {
                time.sleep(SECOND).await;
                let answer = answer(&memo, 1).await;
                (answer, time.elapsed())
            };
            let (leader, (joiner, at)) =
                join(async { (answer(&memo, 1).await, time.elapsed()) }, late).await;

            // Each waits two seconds of its own.
            assert_eq!(leader, ((1, Source::Stale), 62 * SECOND));
            assert_eq!((joiner, at), ((1, Source::Stale), 63 * SECOND));
            assert_eq!(memo.cache().in_flight(), 1);
            let told = page.take();
            assert_eq!(told.iter().filter(|told| **told == Told::Stale(1, 1)).count(), 2);

            // It goes on, and is stored.
            time.advance(SECOND).await;
            backend.source.gates.open_all();
            time.settle().await;
            assert_eq!(memo.cache().in_flight(), 0);
            assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
            let stats = memo.stats();
            assert_eq!((stats.loads, stats.joins, stats.stale, stats.hits), (2, 1, 0, 1));
            assert_eq!((stats.calls(), stats.load_failures, backend.count()), (4, 0, 2));
        });
    }
}

#[test]
fn p4_4_a_load_that_is_quick_enough_is_the_answer() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;

        let mut calls = [Box::pin(memo.outcome(1)), Box::pin(memo.outcome(1))];
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        time.advance(2 * SECOND - NANO).await;
        backend.source.gates.open_all();

        let [leader, joiner] = calls;
        assert_eq!(leader.await.unwrap().source, Source::Loaded);
        assert_eq!(joiner.await.unwrap().source, Source::Joined);
    });
}

#[test]
fn p4_4_who_has_nothing_old_waits() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .try_wrap(backend.method());
        let mut calls = [Box::pin(memo.outcome(1)), Box::pin(memo.outcome(1))];
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        time.advance(MINUTE).await;
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        backend.source.gates.open_all();
        for call in calls {
            assert_eq!(call.await.unwrap().value, 1);
        }

        // Nor is there anything old where nothing may stand in.
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .soft_timeout(2 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        let mut call = Box::pin(memo.outcome(1));
        assert!(polled(&mut call).await.is_pending());
        time.advance(MINUTE).await;
        assert!(polled(&mut call).await.is_pending());
        backend.source.gates.open_all();
        assert_eq!(call.await.unwrap().source, Source::Loaded);
    });
}

#[test]
fn p4_4_what_dies_while_somebody_waits_is_not_taken() {
    for fails in [false, true] {
        testing::run(async |time| {
            let backend = Backend::shut_after_first();
            let memo = Builder::on(time.clone())
                .expire_after(MINUTE)
                .stale_if_error(5 * SECOND)
                .soft_timeout(10 * SECOND)
                .try_wrap(backend.method());
            answer(&memo, 1).await;
            time.advance(MINUTE).await;
            let mut calls = [Box::pin(memo.outcome(1)), Box::pin(memo.outcome(1))];
            for call in &mut calls {
                assert!(polled(call).await.is_pending());
            }
            time.advance(20 * SECOND).await;
            for call in &mut calls {
                assert!(polled(call).await.is_pending());
            }
            if fails {
                backend.fail();
            }
            backend.source.gates.open_all();
            for call in calls {
                match call.await {
                    Ok(outcome) => assert_eq!((outcome.value, fails), (2, false)),
                    Err(error) => assert_eq!((error.cause(), fails), (Some(&"down"), true)),
                }
            }
        });
    }
}

/// The wait ends exactly at the cap, from which on the old value is no answer.
#[test]
fn p4_4_the_cap_is_exclusive_here_too() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(10 * SECOND)
            .soft_timeout(10 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        let mut call = Box::pin(memo.outcome(1));
        assert!(polled(&mut call).await.is_pending());
        time.advance(10 * SECOND).await;
        assert!(polled(&mut call).await.is_pending());
        backend.source.gates.open_all();
        assert_eq!(call.await.unwrap().value, 2);
    });
}

#[test]
fn p4_4_stale_callers_never_wait() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .update_after(10 * SECOND)
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(10 * SECOND).await;
        for _ in 0..5 {
            assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
        }
        time.settle().await;
        assert_eq!((time.elapsed(), backend.count()), (10 * SECOND, 2));

        // One who joins the refresh after expiry waits like the others.
        time.advance(50 * SECOND).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        assert_eq!((time.elapsed(), backend.count()), (62 * SECOND, 2));
        assert_eq!((memo.stats().joins, memo.stats().stale), (1, 5));
    });
}

#[test]
fn p4_4_a_wait_of_zero_takes_the_old_value_at_once() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(Duration::ZERO)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;

        for _ in 0..3 {
            assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        }

        assert_eq!((time.elapsed(), backend.count()), (MINUTE, 2));
        backend.source.gates.open_all();
        time.settle().await;
        assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    });
}

#[test]
fn p4_4_a_load_that_fails_after_its_callers_left_pauses() {
    testing::run(async |time| {
        let (backend, page) = (Backend::shut_after_first(), Page::default());
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
            .observer(page.clone())
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        backend.fail();
        backend.source.gates.open_all();
        time.settle().await;
        assert_eq!((memo.cache().in_flight(), memo.stats().load_failures), (0, 1));

        time.advance(page.last_pause() - NANO).await;
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
        assert_eq!((backend.count(), memo.stats().stale), (2, 1));
        time.advance(NANO).await;
        backend.set(Way::Works);
        assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
    });
}

#[test]
fn p4_4_the_load_is_still_bounded_by_its_own_timeout() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .method_timeout(7 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        assert_eq!((time.elapsed(), memo.cache().in_flight()), (62 * SECOND, 1));

        time.advance(5 * SECOND).await;
        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
        // No timer, and no task, is left.
        assert_eq!(time.tasks(), 0);
    });
}

#[test]
fn p4_4_a_forced_call_does_not_take_the_old_value() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        let mut forced = Box::pin(memo.force_refresh(1));
        assert!(polled(&mut forced).await.is_pending());
        time.advance(10 * SECOND).await;
        assert!(polled(&mut forced).await.is_pending());
        backend.source.gates.open_all();
        assert_eq!(forced.await.unwrap(), 2);
    });
}

/// A caller that comes and goes after another has left the load to itself does not take it along.
#[test]
fn p4_4_a_load_that_was_left_to_itself_outlives_those_who_leave_later() {
    for joins_first in [false, true] {
        testing::run(async |time| {
            let backend = Backend::shut_after_first();
            let memo = Builder::on(time.clone())
                .expire_after(MINUTE)
                .on_abandon(Abandon::Abort)
                .stale_if_error(HOUR)
                .soft_timeout(2 * SECOND)
                .try_wrap(backend.method());
            answer(&memo, 1).await;
            time.advance(MINUTE).await;
            if joins_first {
                // The joiner takes the old value, the leader has not looked since, and goes.
                let mut leader = Box::pin(memo.call(1));
                assert!(polled(&mut leader).await.is_pending());
                assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
                drop(leader);
            } else {
                assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
                let mut joiner = Box::pin(memo.call(1));
                assert!(polled(&mut joiner).await.is_pending());
                drop(joiner);
            }
            time.settle().await;
            assert_eq!((memo.cache().in_flight(), backend.count()), (1, 2));
            backend.source.gates.open_all();
            time.settle().await;
            assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
        });
    }
}
