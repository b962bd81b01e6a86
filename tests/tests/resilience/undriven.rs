//! Loads whose runtime is alive, and drives nothing.

use super::{
    HOUR, MINUTE, MS, SECOND,
    backend::{Backend, Page, Told, Way},
};

use evermemo::{Builder, Source, Trigger, testing};
use evermemo_tests::{Drops, Gate, Mode, Numbered, Operation, Parking, Probe, polled, yielded};
use futures_util::future::join3;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

#[test]
fn p2_8_joiners_of_a_load_that_nobody_drives_are_told_at_its_deadline() {
    testing::run(async |time| {
        let (backend, page, drops) = (Numbered::open(), Page::default(), Drops::default());
        backend.gates.shut_at(1);
        let memo = Builder::on(Parking::new(&time))
            .method_timeout(10 * SECOND)
            .observer(page.clone())
            .wrap(drops.watch::<u32>(&backend));
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        time.advance(3 * SECOND).await;

        let (a, b, c) = join3(memo.call(1), memo.call(1), memo.call(1)).await;

        assert_eq!(time.elapsed(), 10 * SECOND);
        for answer in [a, b, c] {
            let error = answer.expect_err("nobody drives it");
            assert!(error.is_timeout() && error.is_joined());
            assert_eq!(error.to_string(), "concurrent refresh failed to complete");
        }
        assert_eq!((drops.count(), memo.cache().in_flight(), memo.len()), (1, 0, 0));
        let stats = memo.stats();
        assert_eq!((stats.timeouts, stats.loads, stats.joins, stats.calls()), (1, 1, 3, 4));
        let timed_out = Told::Ended {
            key: 1,
            trigger: Trigger::Call,
            result: Err("the load did not end within its timeout".into()),
        };
        let mut told = page.take();
        told.retain(|told| *told != Told::Joined(1));
        assert_eq!(told, [Told::Started(1, Trigger::Call), timed_out]);

        // The next caller loads, and the leader hears of it when it looks.
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
        assert!(leader.await.expect_err("it is over").is_timeout());
        assert_eq!((backend.count(), memo.stats().timeouts), (2, 1));
    });
}

#[test]
fn p2_8_another_joiner_watches_when_the_one_who_did_has_gone() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(Parking::new(&time)).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut joiners: Vec<_> = (0..3).map(|_| Box::pin(memo.call(1))).collect();
        for joiner in &mut joiners {
            assert!(polled(joiner).await.is_pending());
        }

        // Whichever it is, in turn.
        time.advance(SECOND).await;
        drop(joiners.remove(0));
        time.advance(SECOND).await;
        let last = joiners.pop().unwrap();
        let waiting = async {
            let answer = last.await;
            (answer, time.elapsed())
        };
        let mut waiting = Box::pin(waiting);
        assert!(polled(&mut waiting).await.is_pending());
        drop(joiners);

        let (answer, at) = waiting.await;
        assert!(answer.expect_err("nobody drives it").is_timeout());
        assert_eq!((at, memo.stats().timeouts), (10 * SECOND, 1));
        assert_eq!(memo.cache().in_flight(), 0);
        assert_eq!(memo.call(1).await.unwrap(), 2);
        drop(leader);
    });
}

#[test]
fn p2_8_a_watch_is_taken_over_after_the_deadline_too() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(Parking::new(&time)).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
        assert!(polled(&mut a).await.is_pending());
        assert!(polled(&mut b).await.is_pending());

        // The one who watches is not polled until its time is over, and then it goes.
        time.advance(15 * SECOND).await;
        drop(a);

        assert!(b.await.expect_err("nobody drives it").is_timeout());
        assert_eq!(time.elapsed(), 15 * SECOND);
        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
        drop(leader);
    });
}

#[test]
fn p2_8_whoever_comes_after_the_deadline_loads() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(Parking::new(&time)).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut joiner = Box::pin(memo.call(1));
        assert!(polled(&mut joiner).await.is_pending());
        time.advance(10 * SECOND).await;

        // The one who watches is alive, and has not been polled since.
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);

        assert!(joiner.await.expect_err("nobody drives it").is_timeout());
        assert!(leader.await.expect_err("it is over").is_timeout());
        assert_eq!((memo.cache().in_flight(), backend.count()), (0, 2));
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
    });
}

#[test]
fn p2_8_a_load_that_is_driven_again_in_time_is_the_answer() {
    testing::run(async |time| {
        let (backend, parking) = (Backend::up(), Parking::new(&time));
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(parking.clone()).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut joiner = Box::pin(memo.outcome(1));
        assert!(polled(&mut joiner).await.is_pending());
        drop(leader);
        time.advance(9 * SECOND).await;
        backend.source.gates.open_all();
        time.settle().await;
        assert!(polled(&mut joiner).await.is_pending());

        parking.unpark();

        assert_eq!(joiner.await.unwrap().source, Source::Joined);
        assert_eq!((time.elapsed(), memo.stats().timeouts), (9 * SECOND, 0));
        time.settle().await;
        assert_eq!((time.tasks(), memo.cache().in_flight()), (0, 0));
    });
}

#[test]
fn p2_8_a_refresh_that_nobody_drives_holds_nobody_up_either() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(Parking::new(&time))
            .update_after(MINUTE)
            .expire_after(MINUTE + SECOND)
            .method_timeout(10 * SECOND)
            .try_wrap(backend.method());
        memo.call(1).await.unwrap();
        time.advance(MINUTE).await;
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
        time.advance(SECOND).await;

        let error = memo.call(1).await.expect_err("nobody drives the refresh");

        assert!(error.is_timeout() && error.is_joined());
        assert_eq!(time.elapsed(), MINUTE + 10 * SECOND);
        let stats = memo.stats();
        assert_eq!((stats.timeouts, stats.refreshes, stats.refresh_failures), (1, 1, 1));
        assert_eq!((backend.count(), memo.cache().in_flight()), (1, 0));
        assert_eq!(memo.call(1).await.unwrap(), 2);
    });
}

#[test]
fn p2_8_joiners_who_have_something_old_take_it_at_the_deadline() {
    testing::run(async |time| {
        let (backend, page) = (Backend::up(), Page::default());
        let memo = Builder::on(Parking::new(&time))
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .method_timeout(10 * SECOND)
            .observer(page.clone())
            .try_wrap(backend.method());
        memo.call(1).await.unwrap();
        time.advance(MINUTE).await;
        backend.source.gates.shut_at(2);
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());

        let joined = memo.outcome(1).await.unwrap();

        assert_eq!((joined.value, joined.source), (1, Source::Stale));
        assert_eq!(time.elapsed(), MINUTE + 10 * SECOND);
        assert_eq!(memo.stats().timeouts, 1);
        assert_eq!(leader.await.unwrap(), 1);
        // It pauses as any load that has timed out.
        backend.set(Way::Hangs);
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
        assert_eq!((time.elapsed(), backend.count()), (MINUTE + 10 * SECOND, 2));
        assert_eq!(memo.stats().stale, 1);
        assert!(page.pauses().pop().flatten().is_some());
    });
}

#[test]
fn p2_8_a_storage_that_waits_has_its_own_time() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo = Builder::on(Parking::new(&time))
            .storage(Probe::<u32, u32>::new())
            .storage_timeout(SECOND)
            .method_timeout(10 * SECOND)
            .try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        while backend.count() == 0 {
            assert!(polled(&mut leader).await.is_pending());
            yielded().await;
        }

        assert!(memo.call(1).await.expect_err("nobody drives it").is_timeout());

        // The storage may be looked into before the load begins, and waited for after it.
        assert!((10 * SECOND..=12 * SECOND).contains(&time.elapsed()));
        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
        drop(leader);
    });
}

/// A runtime of tokio's with one thread, which drives only what is inside its `block_on`.
#[test]
fn p2_8_a_load_on_a_tokio_that_is_not_driven_times_out_elsewhere() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let tokio = builder.enable_time().build().expect("a runtime");
    let backend = Numbered::open();
    backend.gates.shut_at(1);
    let memo = evermemo::builder().method_timeout(50 * MS).wrap(backend.method::<u32>());
    let mut leader = Box::pin(memo.call(1));
    tokio.block_on(async { assert!(polled(&mut leader).await.is_pending()) });

    let error = smol::block_on(memo.call(1)).expect_err("nobody drives it");

    assert!(error.is_timeout() && error.is_joined());
    assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
    assert_eq!(smol::block_on(memo.outcome(1)).unwrap().source, Source::Loaded);
    assert!(tokio.block_on(leader).expect_err("it is over").is_timeout());
    assert_eq!((backend.count(), memo.stats().joins), (2, 1));
}

#[test]
fn p2_8_whoever_has_the_timer_need_not_be_polled() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(Parking::new(&time)).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut watcher = Box::pin(memo.call(1));
        assert!(polled(&mut watcher).await.is_pending());

        assert!(memo.call(1).await.expect_err("nobody drives it").is_timeout());

        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
        drop((leader, watcher));
    });
}

#[test]
fn p2_8_whoever_has_the_timer_gives_way_to_its_executor() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let tokio = builder.enable_time().build().expect("a runtime");
    let backend = Numbered::open();
    backend.gates.shut_at(1);
    let memo = evermemo::builder().method_timeout(50 * MS).wrap(backend.method::<u32>());
    tokio.block_on(async {
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut joiner = Box::pin(memo.call(1));
        // In a task that has done its share, tokio's timers ring instead of waiting.
        poll_fn(|cx| {
            while pin!(tokio::task::coop::consume_budget()).poll(cx).is_ready() {}
            assert!(joiner.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        assert!(joiner.await.expect_err("it takes too long").is_timeout());
    });
}

/// A runtime of tokio's with one thread, which drives nothing but what is inside its `block_on`.
pub(super) fn idle() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().build().expect("a runtime")
}

#[test]
fn p2_8_a_joiner_is_told_though_the_one_with_the_timer_is_on_a_runtime_that_stands_still() {
    let (tokio, backend) = (idle(), Numbered::shut());
    let memo = evermemo::builder().method_timeout(50 * MS).wrap(backend.method::<u32>());
    let (mut leader, mut watcher) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    tokio.block_on(async {
        assert!(polled(&mut leader).await.is_pending());
        assert!(polled(&mut watcher).await.is_pending());
    });
    assert!(smol::block_on(memo.call(1)).expect_err("it hangs").is_timeout());
    assert!(tokio.block_on(watcher).expect_err("it is over").is_timeout());
    assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
}

#[test]
fn p2_8_a_joiner_who_goes_to_another_runtime_has_a_timer_there() {
    let (tokio, backend) = (idle(), Numbered::shut());
    let memo = evermemo::builder().method_timeout(50 * MS).wrap(backend.method::<u32>());
    let (mut leader, mut joiner) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    tokio.block_on(async {
        assert!(polled(&mut leader).await.is_pending());
        assert!(polled(&mut joiner).await.is_pending());
    });
    assert!(smol::block_on(joiner).expect_err("it hangs").is_timeout());
}

#[test]
fn p3_6_a_write_that_was_ousted_answers_nobody_though_its_task_stands_still() {
    testing::run(async |time| {
        let (runtime, source) = (Parking::new(&time), Numbered::open());
        let (storage, hangs) = (Probe::<u32, u32>::new(), Gate::shut());
        storage.next(Operation::Offer, Mode::Wait(hangs));
        let memo = Builder::on(runtime.clone())
            .storage(storage)
            .storage_timeout(SECOND)
            .wrap(source.method::<u32>());
        assert_eq!(memo.call(1).await.unwrap(), 1);
        assert_eq!(memo.outcome(1).await.unwrap().value, 1, "it is being written");
        runtime.set_parked(false);

        assert_eq!(memo.force_refresh(1).await.unwrap(), 2);
        time.advance(SECOND + MS).await;

        // What was loaded later has been written.
        let outcome = memo.outcome(1).await.unwrap();
        assert_eq!((outcome.value, outcome.source), (2, Source::Hit));
        assert_eq!((memo.cache().in_flight(), source.count()), (0, 2));
    });
}

#[test]
fn p3_6_a_change_that_was_replaced_does_not_wait_for_a_runtime_that_stands_still() {
    testing::run(async |time| {
        let (runtime, storage) = (Parking::new(&time), Probe::<u32, u32>::new());
        runtime.set_parked(false);
        storage.set(Operation::Offer, Mode::Hang);
        let memo = Builder::on(runtime.clone())
            .storage(storage)
            .storage_timeout(SECOND)
            .wrap(|n: u32| async move { n });
        // The first write is under way, the second one waits, and what replaces that is not driven.
        let mut first = Box::pin(memo.try_insert(7, 1));
        assert!(polled(&mut first).await.is_pending());
        let mut second = Box::pin(memo.try_insert(7, 2));
        assert!(polled(&mut second).await.is_pending());
        time.settle().await;
        runtime.set_parked(true);
        let mut third = Box::pin(memo.try_invalidate(&7));
        assert!(polled(&mut third).await.is_pending());

        time.advance(2 * SECOND).await;

        let told = polled(&mut second).await;
        assert!(matches!(told, Poll::Ready(Err(_))), "each of the two writes has its time");
        assert!(matches!(polled(&mut first).await, Poll::Ready(Err(_))));
        // It has had its time, whether it is polled or not.
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
        drop(third);
    });
}
