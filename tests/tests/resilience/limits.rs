//! How many loads run at a time.

use super::{
    HOUR, MINUTE, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Way},
};

use evermemo::{Abandon, Builder, Error, LocalBoxFuture, Source, testing};
use evermemo_tests::{
    Drops, Home, Nested, Nests, Numbered, Timed, all, ended, homebound, on_every_runtime, polled,
    until, yielded,
};
use std::{
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    p5_5_no_more_loads_run_than_the_bound_allows,
    p5_5_refreshes_take_places_like_other_loads,
    p5_5_hits_and_joiners_need_no_place,
    p5_5_a_load_that_fails_or_panics_gives_its_place_on,
    p5_5_a_load_that_is_aborted_gives_its_place_on,
    p5_5_a_waiter_that_is_dropped_gives_its_place_on,
    p5_5_a_waiter_that_was_given_a_place_and_is_dropped_gives_it_on,
    p5_5_loads_within_loads_do_not_wait_for_each_other,
    p5_5_a_load_that_calls_its_own_key_fails_at_once_under_a_bound_too,
    p5_5_a_load_that_was_forced_waits_for_its_place,
    p5_5_many_loads_pass_one_place,
    p5_5_a_waiter_that_is_superseded_is_answered,
}

async fn p5_5_no_more_loads_run_than_the_bound_allows<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> = Builder::on(rt).max_loads(2).try_wrap(backend.method());
    let mut calls: Vec<_> = (0..6).map(|key| Box::pin(memo.call(key))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    assert_eq!((backend.count(), memo.cache().in_flight()), (2, 6));

    // One place is free, and one of the four who wait takes it.
    backend.source.gates.open_at(1);
    assert_eq!(calls.remove(0).await.unwrap(), 1);
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
        yielded().await;
    }
    assert_eq!(backend.count(), 3);

    backend.source.gates.open_all();
    for value in all(calls).await {
        assert!(value.is_ok());
    }
    assert_eq!((backend.count(), memo.stats().loads, memo.cache().in_flight()), (6, 6, 0));
}

async fn p5_5_refreshes_take_places_like_other_loads<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(HOUR)
        .max_loads(1)
        .try_wrap(backend.method());
    for key in 1..=2 {
        answer(&memo, key).await;
    }
    rt.advance(10 * SECOND);
    backend.source.gates.shut_at(3);
    assert_eq!(at_once(&memo, 1).await.1, Source::Stale);
    until(&rt, || backend.count() == 3).await;

    // Another refresh, and a caller, wait; who has something old does not.
    assert_eq!(at_once(&memo, 2).await.1, Source::Stale);
    let mut caller = Box::pin(memo.call(3));
    assert!(polled(&mut caller).await.is_pending());
    until(&rt, || rt.begun() == rt.spawned()).await;
    assert!(polled(&mut caller).await.is_pending());
    assert_eq!(backend.count(), 3);

    backend.source.gates.open_all();
    assert!(ended(&rt, caller).await.is_ok());
    at_rest(&rt, &memo).await;
    assert_eq!((backend.count(), memo.stats().refreshes), (5, 2));
}

async fn p5_5_hits_and_joiners_need_no_place<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let memo: Numbers<R> = Builder::on(rt).max_loads(1).try_wrap(backend.method());
    answer(&memo, 1).await;
    let mut leader = Box::pin(memo.outcome(2));
    assert!(polled(&mut leader).await.is_pending());
    let mut joiner = Box::pin(memo.outcome(2));
    assert!(polled(&mut joiner).await.is_pending());
    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
    backend.source.gates.open_all();
    assert_eq!(leader.await.unwrap().source, Source::Loaded);
    assert_eq!(joiner.await.unwrap().source, Source::Joined);
}

async fn p5_5_a_load_that_fails_or_panics_gives_its_place_on<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).try_wrap(backend.method());
    for way in [Way::Fails("down"), Way::Panics] {
        backend.set(way);
        for key in 0..3 {
            assert!(ended(&rt, memo.call(key)).await.is_err());
        }
        // With others who wait, too.
        backend.source.gates.shut_at(backend.count() + 1);
        let mut calls: Vec<_> = (0..3).map(|key| Box::pin(memo.call(key))).collect();
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        backend.source.gates.open_all();
        for call in calls {
            assert!(ended(&rt, call).await.is_err());
        }
    }
    backend.set(Way::Works);
    assert!(ended(&rt, memo.call(9)).await.is_ok());
    assert_eq!((backend.count(), memo.cache().in_flight()), (13, 0));
}

#[test]
fn p5_5_the_wait_for_a_place_counts_against_the_timeout() {
    testing::run(async |time| {
        let backend = Backend::shut_after_first();
        backend.source.gates.shut_at(1);
        let memo = Builder::on(time.clone())
            .max_loads(1)
            .method_timeout(10 * SECOND)
            .try_wrap(backend.method());
        let mut a = Box::pin(memo.call(1));
        assert!(polled(&mut a).await.is_pending());
        time.advance(4 * SECOND).await;
        let (mut b, mut joiner) = (Box::pin(memo.call(2)), Box::pin(memo.call(2)));
        assert!(polled(&mut b).await.is_pending());
        assert!(polled(&mut joiner).await.is_pending());

        // The first is cut off at 10, which gives the second its place, and four seconds.
        assert!(a.await.expect_err("it hangs").is_timeout());
        assert_eq!(time.elapsed(), 10 * SECOND);
        assert!(b.await.expect_err("it hangs").is_timeout());
        assert_eq!(time.elapsed(), 14 * SECOND);
        assert!(joiner.await.expect_err("it hangs").is_timeout());
        assert_eq!((backend.count(), memo.stats().timeouts), (2, 2));
        assert_eq!((memo.cache().in_flight(), time.tasks()), (0, 0));
        backend.source.gates.open_all();
        assert_eq!(memo.call(3).await.unwrap(), 3);

        // One that never got a place times out without having begun.
        backend.source.gates.shut_at(4);
        let mut a = Box::pin(memo.call(4));
        assert!(polled(&mut a).await.is_pending());
        let mut b = Box::pin(memo.call(5));
        assert!(polled(&mut b).await.is_pending());
        assert!(b.await.expect_err("there is no place").is_timeout());
        assert!(a.await.is_err());
        assert_eq!(memo.cache().in_flight(), 0);
    });
}

#[test]
fn p5_5_without_a_place_every_load_times_out() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .max_loads(0)
            .method_timeout(10 * SECOND)
            .try_wrap(backend.method());
        for _ in 0..2 {
            assert!(memo.call(1).await.expect_err("there is no place").is_timeout());
        }
        assert!(time.elapsed() <= 20 * SECOND);
        let stats = memo.stats();
        assert_eq!((backend.count(), stats.timeouts, stats.loads), (0, 2, 2));
        // What is there is an answer.
        memo.insert(1, 50).await;
        assert_eq!(at_once(&memo, 1).await, (50, Source::Hit));
    });
}

async fn p5_5_a_load_that_is_aborted_gives_its_place_on<R: Timed>(rt: R) {
    let (source, drops) = (Numbered::shut(), Drops::default());
    let memo = Builder::on(rt.clone())
        .max_loads(1)
        .on_abandon(Abandon::Abort)
        .wrap(drops.watch::<u32>(&source));
    let mut a = Box::pin(memo.call(1));
    assert!(polled(&mut a).await.is_pending());
    let mut b = Box::pin(memo.call(2));
    assert!(polled(&mut b).await.is_pending());
    assert_eq!(source.count(), 1);

    drop(a);

    source.gates.open_all();
    assert_eq!(ended(&rt, b).await.unwrap(), 2);
    assert_eq!((drops.count(), memo.cache().in_flight()), (2, 0));
}

async fn p5_5_a_waiter_that_is_dropped_gives_its_place_on<R: Timed>(rt: R) {
    for abandon in [Abandon::Finish, Abandon::Abort] {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo: Numbers<R> =
            Builder::on(rt.clone()).max_loads(1).on_abandon(abandon).try_wrap(backend.method());
        let mut calls: Vec<_> = (1..=3).map(|key| Box::pin(memo.call(key))).collect();
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        drop(calls.remove(1));
        backend.source.gates.open_all();

        for value in all(calls).await {
            assert!(value.is_ok());
        }
        at_rest(&rt, &memo).await;
        // What was abandoned is finished by choice, from its place on.
        let finished = if matches!(abandon, Abandon::Finish) { 3 } else { 2 };
        assert_eq!((backend.count(), memo.len()), (finished, finished as usize));
    }
}

/// The second is given the permit of the first, and dropped: before its load has begun, or after.
async fn p5_5_a_waiter_that_was_given_a_place_and_is_dropped_gives_it_on<R: Timed>(rt: R) {
    let backend = Backend::up();
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).on_abandon(Abandon::Abort).try_wrap(backend.method());
    let mut calls: Vec<_> = (1..=3).map(|key| Box::pin(memo.call(key))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    backend.source.gates.open_all();
    let first = calls.remove(0).await;
    assert_eq!(first.unwrap(), 1);

    drop(calls.remove(0));

    assert!(ended(&rt, calls.remove(0)).await.is_ok());
    assert!(ended(&rt, memo.call(4)).await.is_ok());
    assert!((3..=4).contains(&backend.count()), "{}", backend.count());
    assert_eq!(memo.cache().in_flight(), 0);
}

type Answer = Result<u32, Error<&'static str>>;

/// A memo, by what is called of it.
type Call = Rc<dyn Fn(u32) -> LocalBoxFuture<'static, Answer>>;

/// Calls the memo that is at home.
fn inner(home: Home<Call>, n: u32) -> impl Future<Output = Answer> + Send {
    homebound(home.with(|call| call(n)))
}

async fn p5_5_loads_within_loads_do_not_wait_for_each_other<R: Nests>(rt: R) {
    let nested = Nested::default();
    let own = nested.clone();
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(None).try_wrap(move |n: u32| {
            let own = own.clone();
            async move {
                yielded().await;
                // Each needs the next lower one.
                match n {
                    0 => Ok(0),
                    n => Ok(own.call(n - 1).await.map_err(|_| "inner")? + 1),
                }
            }
        });
    nested.set(&memo);

    assert_eq!(ended(&rt, memo.call(5)).await.unwrap(), 5);
    assert_eq!((memo.stats().loads, memo.cache().in_flight()), (6, 0));
    assert_eq!(memo.call(3).await.unwrap(), 3);
    // The place is free again.
    assert_eq!(ended(&rt, memo.call(7)).await.unwrap(), 7);
}

async fn p5_5_a_load_that_calls_its_own_key_fails_at_once_under_a_bound_too<R: Timed>(rt: R) {
    let home = Home::<Call>::empty();
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).method_timeout(None).try_wrap(
        move |n: u32| async move {
            let answer = inner(home, n).await;
            Ok(u32::from(
                answer.is_err_and(|error| matches!(error.failure(), evermemo::Failure::Recursive)),
            ))
        },
    );
    let own = memo.clone();
    home.set(Rc::new(move |n| {
        let own = own.clone();
        Box::pin(async move { own.call(n).await })
    }));

    assert_eq!(ended(&rt, memo.call(7)).await.unwrap(), 1);
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.rejected, memo.cache().in_flight()), (1, 1, 0));
}

async fn p5_5_a_load_that_was_forced_waits_for_its_place<R: Timed>(rt: R) {
    let backend = Backend::up();
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).try_wrap(backend.method());
    let mut a = Box::pin(memo.call(1));
    assert!(polled(&mut a).await.is_pending());
    let mut forced = Box::pin(memo.force_refresh(2));
    assert!(polled(&mut forced).await.is_pending());
    assert_eq!(backend.count(), 1);
    backend.source.gates.open_all();
    assert_eq!(a.await.unwrap(), 1);
    assert_eq!(ended(&rt, forced).await.unwrap(), 2);

    // One that supersedes a load of its own key, which has the only place.
    backend.source.gates.shut_at(3);
    let mut a = Box::pin(memo.call(3));
    assert!(polled(&mut a).await.is_pending());
    let mut forced = Box::pin(memo.force_refresh(3));
    assert!(polled(&mut forced).await.is_pending());
    backend.source.gates.open_all();
    assert_eq!(a.await.unwrap(), 3);
    assert_eq!(ended(&rt, forced).await.unwrap(), 4);
    assert_eq!(at_once(&memo, 3).await, (4, Source::Hit));
}

async fn p5_5_many_loads_pass_one_place<R: Timed>(rt: R) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, peak) = (now.clone(), most.clone());
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(3).try_wrap(move |n: u32| {
        let (running, peak) = (running.clone(), peak.clone());
        async move {
            peak.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            for _ in 0..n % 4 {
                yielded().await;
            }
            running.fetch_sub(1, SeqCst);
            Ok(n)
        }
    });
    let calls = futures_util::future::join_all((0..200).map(|n| memo.call(n)));
    let values = ended(&rt, calls).await;
    assert!((0..200).zip(values).all(|(n, value)| value.unwrap() == n));
    assert!((1..=3).contains(&most.load(SeqCst)), "{} at once", most.load(SeqCst));
    assert_eq!((now.load(SeqCst), memo.cache().in_flight()), (0, 0));
}

/// One who waits for a place is overtaken by an invalidation; it is answered all the same, and who
/// comes after it has a load of its own.
async fn p5_5_a_waiter_that_is_superseded_is_answered<R: Timed>(rt: R) {
    let backend = Backend::up();
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).try_wrap(backend.method());
    let mut a = Box::pin(memo.call(1));
    assert!(polled(&mut a).await.is_pending());
    let mut before = Box::pin(memo.call(2));
    assert!(polled(&mut before).await.is_pending());
    memo.invalidate(&2).await;
    let mut after = Box::pin(memo.call(2));
    assert!(polled(&mut after).await.is_pending());

    backend.source.gates.open_all();

    assert_eq!(a.await.unwrap(), 1);
    let (before, after) = ended(&rt, futures_util::future::join(before, after)).await;
    assert_ne!(before.unwrap(), after.unwrap());
    assert_eq!((backend.count(), memo.cache().in_flight()), (3, 0));
}

#[test]
fn p5_5_stand_ins_are_taken_by_those_who_wait_for_a_place() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .soft_timeout(2 * SECOND)
            .method_timeout(10 * SECOND)
            .max_loads(1)
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        backend.source.gates.shut_at(2);
        let mut other = Box::pin(memo.call(2));
        assert!(polled(&mut other).await.is_pending());

        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));

        assert_eq!((time.elapsed(), backend.count()), (62 * SECOND, 1 + 1));
        time.advance(20 * SECOND).await;
        // Nothing polls the other caller, whose load ends in its time all the same.
        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 2));
        assert!(other.await.is_err());
        assert_eq!(memo.cache().in_flight(), 0);
        backend.source.gates.open_all();
        time.advance(Duration::from_secs(120)).await;
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    });
}
