//! Keys that another holder loads, of whom a cache knows by the registry of updates that both share.

use super::{
    SECOND,
    backend::{Backend, Page, Told},
    registered::{at_hand, memo},
    registry::Own,
};

use evermemo::{
    Abandon, Builder, CacheEntry, Failure, Runtime, Source, Trigger, Turn, UpdateStatuses, testing,
};
use evermemo_tests::{Parking, Timed, all, ended, on_every_runtime, polled, until};
use futures_util::future::{join, join3};
use std::sync::Arc;

on_every_runtime! {
    p3_4_forced_calls_of_caches_that_share_a_registry_share_the_next_load_of_each,
    p2_4_a_wait_for_another_holder_ends_with_its_last_caller,
    p2_7_another_cache_takes_over_a_load_that_was_dropped,
    p2_3_a_leader_of_a_registry_s_update_who_is_not_polled_holds_nobody_up,
    p2_1_callers_who_find_another_holder_share_one_wait,
    p3_1_a_caller_after_another_cache_s_invalidation_gets_what_is_new,
    p4_1_a_refresh_is_left_to_another_holder_of_the_key,
    p5_5_a_wait_for_another_holder_takes_no_permit,
}

async fn p3_4_forced_calls_of_caches_that_share_a_registry_share_the_next_load_of_each<R: Timed>(
    rt: R,
) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    backend.source.gates.shut_at(2);
    let caches = [(); 2].map(|()| memo(&rt, &registry, &backend));
    let mut first = Vec::new();
    for (cache, runs) in caches.iter().zip(1..) {
        let mut call = Box::pin(cache.force_refresh(1));
        assert!(polled(&mut call).await.is_pending());
        until(&rt, || backend.count() == runs).await;
        first.push(call);
    }
    let mut more = Vec::new();
    for cache in caches.iter().cycle().take(10) {
        let mut call = Box::pin(cache.force_refresh(1));
        assert!(polled(&mut call).await.is_pending());
        more.push(call);
    }
    backend.source.gates.open_all();

    assert_eq!(ended(&rt, first.remove(0)).await.unwrap(), 1);
    assert_eq!(ended(&rt, first.remove(0)).await.unwrap(), 2);
    for answer in ended(&rt, all(more)).await {
        assert!(answer.unwrap() > 2, "its load begins after the call");
    }
    assert_eq!(backend.count(), 4);
    assert_eq!(caches.each_ref().map(|cache| cache.stats().loads), [2, 2]);
    until(&rt, || !registry.is_being_updated(&1)).await;
}

async fn p2_4_a_wait_for_another_holder_ends_with_its_last_caller<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    let memo = memo(&rt, &registry, &backend);
    let _held = registry.mark_being_updated(&1, rt.now());
    let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    until(&rt, || registry.joins() == 1).await;

    drop(a);
    assert_eq!(memo.cache().in_flight(), 1);
    drop(b);

    until(&rt, || memo.cache().in_flight() == 0).await;
    assert!(registry.is_being_updated(&1), "the other holder loads still");
    assert_eq!((memo.stats().joins, backend.count()), (2, 0));
}

async fn p2_7_another_cache_takes_over_a_load_that_was_dropped<R: Timed>(rt: R) {
    let (backend, registry, page) = (Backend::up(), Arc::new(Own::default()), Page::default());
    backend.source.gates.shut_at(1);
    let holder = Builder::on(rt.clone())
        .on_abandon(Abandon::Abort)
        .try_wrap_with(registry.clone(), backend.method());
    let memo = Builder::on(rt.clone())
        .observer(page.clone())
        .try_wrap_with(registry.clone(), backend.method());
    let mut leader = Box::pin(holder.call(1));
    assert!(polled(&mut leader).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    let (mut a, mut b) = (Box::pin(memo.outcome(1)), Box::pin(memo.outcome(1)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    until(&rt, || registry.joins() == 1).await;

    drop(leader);

    for call in [a, b] {
        let outcome = ended(&rt, call).await.unwrap();
        assert_eq!((outcome.value, outcome.source), (2, Source::Joined));
    }
    assert_eq!((memo.stats().joins, memo.stats().loads), (2, 0));
    assert_eq!(at_hand(&memo).await, (2, Source::Hit));
    let told = page.take();
    assert_eq!(told.iter().filter(|&told| *told == Told::Joined(1)).count(), 2);
    assert!(told.contains(&Told::Started(1, Trigger::Call)));
}

async fn p2_3_a_leader_of_a_registry_s_update_who_is_not_polled_holds_nobody_up<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let caches = [(); 2].map(|()| memo(&rt, &registry, &backend));
    let mut leader = Box::pin(caches[0].call(1));
    assert!(polled(&mut leader).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    let mut other = Box::pin(caches[1].outcome(1));
    assert!(polled(&mut other).await.is_pending());
    backend.source.gates.open_all();

    let outcome = ended(&rt, other).await.unwrap();
    assert_eq!((outcome.value, outcome.source, backend.count()), (1, Source::Joined, 1));
    assert_eq!(caches[1].len(), 0, "who joins stores nothing");
    assert_eq!(leader.await.unwrap(), 1);
    assert_eq!(caches.each_ref().map(|cache| cache.stats().loads), [1, 0]);
}

async fn p2_1_callers_who_find_another_holder_share_one_wait<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    let memo = memo(&rt, &registry, &backend);
    let Turn::Lead(ticket, _) = registry.mark_being_updated(&1, rt.now()) else {
        panic!("nobody leads");
    };
    let mut calls: Vec<_> = (0..5).map(|_| Box::pin(memo.outcome(1))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    until(&rt, || registry.joins() == 1 && memo.stats().joins == 5).await;
    let loads = (backend.count(), memo.cache().in_flight());
    assert_eq!(loads, (0, 1));

    registry.mark_updated(&1, &ticket, CacheEntry::new(70, rt.now()));

    for answer in ended(&rt, all(calls)).await {
        let outcome = answer.unwrap();
        assert_eq!((outcome.value, outcome.source), (70, Source::Joined));
    }
    let stats = memo.stats();
    assert_eq!((stats.joins, stats.loads, stats.calls(), memo.len()), (5, 0, 5, 0));
    assert_eq!(registry.joins(), 1);

    // An error is handed on, too.
    let Turn::Lead(ticket, _) = registry.mark_being_updated(&1, rt.now()) else {
        panic!("nobody leads");
    };
    let mut call = Box::pin(memo.call(1));
    assert!(polled(&mut call).await.is_pending());
    until(&rt, || registry.joins() == 2).await;
    registry.mark_update_aborted(&1, &ticket, Failure::Method(Arc::new("down")));
    let error = ended(&rt, call).await.unwrap_err();
    assert_eq!((error.cause(), error.is_joined()), (Some(&"down"), true));
    assert_eq!((memo.stats().load_failures, backend.count()), (0, 0));
    assert_eq!(ended(&rt, memo.outcome(1)).await.unwrap().source, Source::Loaded);
}

/// Whether what is superseded was this cache's own load or one that it waits for.
async fn p3_1_a_caller_after_another_cache_s_invalidation_gets_what_is_new<R: Timed>(rt: R) {
    for (leads, asks_first) in [(0, true), (0, false), (1, true), (1, false)] {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        backend.source.gates.shut_at(1);
        backend.source.gates.shut_at(2);
        let caches = [(); 2].map(|()| memo(&rt, &registry, &backend));
        let mut before = Vec::new();
        for cache in [leads, 1 - leads] {
            let mut call = Box::pin(caches[cache].call(1));
            assert!(polled(&mut call).await.is_pending());
            until(&rt, || backend.count() == 1).await;
            before.push(call);
        }
        until(&rt, || registry.joins() == 1).await;

        caches[0].invalidate(&1).await;

        let mut after = Vec::new();
        for cache in if asks_first { [0, 1] } else { [1, 0] } {
            let mut call = Box::pin(caches[cache].call(1));
            assert!(polled(&mut call).await.is_pending());
            until(&rt, || backend.count() == 2).await;
            after.push(call);
        }
        backend.source.gates.open_all();
        for answer in ended(&rt, all(before)).await {
            assert_eq!(answer.unwrap(), 1);
        }
        for answer in ended(&rt, all(after)).await {
            assert_eq!(answer.unwrap(), 2, "by {leads}, {asks_first}");
        }
        assert_eq!(backend.count(), 2);
    }
}

async fn p4_1_a_refresh_is_left_to_another_holder_of_the_key<R: Timed>(rt: R) {
    let (backend, registry, page) = (Backend::up(), Arc::new(Own::default()), Page::default());
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .observer(page.clone())
        .try_wrap_with(registry.clone(), backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(10 * SECOND);
    let Turn::Lead(ticket, _) = registry.mark_being_updated(&1, rt.now()) else {
        panic!("nobody leads");
    };
    page.take();

    for _ in 0..3 {
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    }

    assert_eq!((memo.stats().refreshes, memo.cache().in_flight()), (0, 0));
    assert_eq!((memo.stats().stale, backend.count()), (3, 1));
    assert_eq!(page.take(), [Told::Stale(1, 1), Told::Stale(1, 1), Told::Stale(1, 1)]);
    registry.mark_update_aborted(&1, &ticket, Failure::Abandoned);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || memo.cache().entry(&1).is_some_and(|entry| entry.value == 2)).await;
    assert_eq!(memo.stats().refreshes, 1);
}

async fn p5_5_a_wait_for_another_holder_takes_no_permit<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let memo =
        Builder::on(rt.clone()).max_loads(1).try_wrap_with(registry.clone(), backend.method());
    let Turn::Lead(ticket, _) = registry.mark_being_updated(&1, rt.now()) else {
        panic!("nobody leads");
    };
    let (mut loads, mut waits) = (Box::pin(memo.call(2)), Box::pin(memo.call(1)));
    assert!(polled(&mut loads).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    assert!(polled(&mut waits).await.is_pending());
    until(&rt, || registry.joins() == 1).await;

    registry.mark_updated(&1, &ticket, CacheEntry::new(70, rt.now()));

    assert_eq!(ended(&rt, waits).await.unwrap(), 70);
    backend.source.gates.open_all();
    assert_eq!(ended(&rt, loads).await.unwrap(), 1);
}

#[test]
fn p2_8_a_wait_for_another_holder_ends_at_the_deadline() {
    // By the method's timeout, else by the registry's.
    for timeout in [Some(10 * SECOND), None] {
        testing::run(async |time| {
            let (backend, page) = (Backend::up(), Page::default());
            let registry = Arc::new(Own::of(timeout.is_none().then_some(10 * SECOND)));
            let memo = Builder::on(time.clone())
                .method_timeout(timeout)
                .observer(page.clone())
                .try_wrap_with(registry.clone(), backend.method());
            let held = registry.mark_being_updated(&1, time.now());
            time.advance(SECOND).await;

            let later = async {
                time.sleep(4 * SECOND).await;
                memo.call(1).await
            };
            let (a, b, c) = join3(memo.call(1), memo.call(1), later).await;

            assert_eq!(time.elapsed(), 11 * SECOND);
            for answer in [a, b, c] {
                let error = answer.unwrap_err();
                assert!(error.is_timeout() && error.is_joined());
            }
            let stats = memo.stats();
            assert_eq!((stats.joins, stats.loads, stats.timeouts), (3, 0, 0));
            assert_eq!((backend.count(), memo.cache().in_flight()), (0, 0));
            assert_eq!(page.take(), [Told::Joined(1), Told::Joined(1), Told::Joined(1)]);
            assert_eq!(registry.joins(), 1);
            drop(held);
        });
    }
}

#[test]
fn p2_8_a_wait_that_nothing_drives_ends_at_the_deadline() {
    testing::run(async |time| {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        let memo = Builder::on(Parking::new(&time))
            .method_timeout(10 * SECOND)
            .try_wrap_with(registry.clone(), backend.method());
        let _held = registry.mark_being_updated(&1, time.now());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());

        assert!(memo.call(1).await.unwrap_err().is_timeout());

        assert_eq!(time.elapsed(), 10 * SECOND);
        assert!(leader.await.unwrap_err().is_timeout());
        assert_eq!((memo.stats().timeouts, memo.cache().in_flight()), (0, 0));
    });
}

#[test]
fn p2_8_a_registry_hears_that_a_load_is_out_of_time_whoever_ends_it() {
    testing::run(async |time| {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        backend.source.gates.shut_at(1);
        let memo = Builder::on(Parking::new(&time))
            .method_timeout(10 * SECOND)
            .try_wrap_with(registry.clone(), backend.method());
        let another = Builder::on(time.clone()).try_wrap_with(registry.clone(), backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());

        let (a, b) = join(memo.call(1), another.call(1)).await;

        assert_eq!(time.elapsed(), 10 * SECOND);
        assert!(a.unwrap_err().is_timeout());
        assert!(b.unwrap_err().is_timeout());
        assert_eq!(registry.aborted(), [Failure::<&str>::TimedOut.to_string()]);
        assert_eq!(backend.count(), 1);
        drop(leader);
    });
}
