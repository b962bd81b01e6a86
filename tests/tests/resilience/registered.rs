//! Flights of a cache whose registry of updates is one of one's own, and may be another cache's, too.

use super::{
    MS, SECOND,
    backend::{Backend, Page, Told},
    registry::Own,
};

use evermemo::{
    Abandon, Builder, CacheEntry, Failure, Memo, Runtime, Source, Trigger, Turn, UpdateStatuses,
    testing,
};
use evermemo_tests::{
    Drops, Gate, Mode, Operation, Parking, Probe, Timed, all, ended, on_every_runtime, polled,
    until,
};
use futures_util::future::{join, join3};
use std::sync::Arc;

on_every_runtime! {
    p3_4_forced_calls_under_a_registry_share_the_next_load,
    p3_4_forced_calls_of_caches_that_share_a_registry_share_the_next_load_of_each,
    p3_4_a_forced_load_under_a_registry_supersedes_an_ordinary_one,
    p2_4_a_load_of_a_registry_is_dropped_with_its_last_caller_if_that_is_set,
    p2_4_a_load_of_a_registry_goes_on_without_its_callers_by_default,
    p2_4_a_wait_for_another_holder_ends_with_its_last_caller,
    p2_7_another_cache_takes_over_a_load_that_was_dropped,
    p2_3_a_leader_of_a_registry_s_update_who_is_not_polled_holds_nobody_up,
    p2_1_callers_who_find_another_holder_share_one_wait,
    p3_1_a_caller_after_another_cache_s_invalidation_gets_what_is_new,
    p4_1_a_refresh_is_left_to_another_holder_of_the_key,
    p5_5_a_wait_for_another_holder_takes_no_permit,
    p7_2_callers_have_their_value_before_the_storage_under_a_registry,
    p8_a_forced_call_that_leaves_its_queue_counts_as_a_load_under_a_registry,
}

type Numbers<R> = Memo<u32, u32, &'static str, R>;

fn memo<R: Runtime>(rt: &R, registry: &Arc<Own>, backend: &Backend) -> Numbers<R> {
    Builder::on(rt.clone()).try_wrap_with(registry.clone(), backend.method())
}

async fn p3_4_forced_calls_under_a_registry_share_the_next_load<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let memo = memo(&rt, &registry, &backend);
    let mut first = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut first).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    let mut more: Vec<_> = (0..10).map(|_| Box::pin(memo.force_refresh(1))).collect();
    for call in &mut more {
        assert!(polled(call).await.is_pending());
    }
    let mut joiner = Box::pin(memo.outcome(1));
    assert!(polled(&mut joiner).await.is_pending());
    assert_eq!(backend.count(), 1);
    backend.source.gates.open_all();

    assert_eq!(ended(&rt, first).await.unwrap(), 1);
    assert_eq!(ended(&rt, joiner).await.unwrap().source, Source::Joined);
    for answer in ended(&rt, all(more)).await {
        assert_eq!(answer.unwrap(), 2);
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!((backend.count(), registry.leads(), registry.joins()), (2, 2, 0));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.calls()), (2, 10, 12));
    assert_eq!(memo.cache().entry(&1).unwrap().value, 2);
    assert!(!registry.is_being_updated(&1));
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

async fn p3_4_a_forced_load_under_a_registry_supersedes_an_ordinary_one<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let memo = memo(&rt, &registry, &backend);
    let mut ordinary = Box::pin(memo.outcome(1));
    assert!(polled(&mut ordinary).await.is_pending());
    until(&rt, || backend.count() == 1).await;

    assert_eq!(ended(&rt, memo.force_refresh(1)).await.unwrap(), 2);
    backend.source.gates.open_all();

    assert_eq!(ended(&rt, ordinary).await.unwrap().value, 1);
    until(&rt, || registry.ended() == 2).await;
    assert_eq!(memo.call(1).await.unwrap(), 2);
}

async fn p2_4_a_load_of_a_registry_is_dropped_with_its_last_caller_if_that_is_set<R: Timed>(rt: R) {
    let (backend, registry, drops) = (Backend::up(), Arc::new(Own::default()), Drops::default());
    backend.source.gates.shut_at(1);
    let (guards, method) = (drops.clone(), backend.method());
    let memo = Builder::on(rt.clone()).on_abandon(Abandon::Abort).try_wrap_with(
        registry.clone(),
        move |key: u32| {
            let (guard, run) = (guards.guard(), method(key));
            async move {
                let _guard = guard;
                run.await
            }
        },
    );
    let (mut leader, mut joiner) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut leader).await.is_pending());
    assert!(polled(&mut joiner).await.is_pending());
    until(&rt, || backend.count() == 1).await;

    drop(leader);
    assert!(polled(&mut joiner).await.is_pending());
    assert_eq!((drops.count(), registry.ended()), (0, 0));
    drop(joiner);

    until(&rt, || drops.count() == 1).await;
    until(&rt, || registry.aborted() == [Failure::<&str>::Abandoned.to_string()]).await;
    assert!(!registry.is_being_updated(&1));
    assert_eq!((memo.cache().in_flight(), memo.len()), (0, 0));
    assert_eq!(ended(&rt, memo.call(1)).await.unwrap(), 2);
}

async fn p2_4_a_load_of_a_registry_goes_on_without_its_callers_by_default<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let memo = memo(&rt, &registry, &backend);
    let mut leader = Box::pin(memo.call(1));
    assert!(polled(&mut leader).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    drop(leader);
    assert!(registry.is_being_updated(&1));
    let mut later = Box::pin(memo.outcome(1));
    assert!(polled(&mut later).await.is_pending());
    backend.source.gates.open_all();

    let outcome = ended(&rt, later).await.unwrap();
    assert_eq!((outcome.value, outcome.source, backend.count()), (1, Source::Joined, 1));
    assert_eq!(memo.call(1).await.unwrap(), 1);
    assert!(registry.aborted().is_empty());
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

        caches[0].invalidate(&1).await.unwrap();

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

async fn p7_2_callers_have_their_value_before_the_storage_under_a_registry<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    let (storage, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    storage.next(Operation::Offer, Mode::Wait(gate.clone()));
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .try_wrap_with(registry.clone(), backend.method());

    assert_eq!(ended(&rt, memo.call(1)).await.unwrap(), 1);

    assert!(registry.is_being_updated(&1));
    assert_eq!(ended(&rt, at_hand(&memo)).await, (1, Source::Hit));
    gate.open();
    until(&rt, || !registry.is_being_updated(&1)).await;
    assert_eq!(ended(&rt, at_hand(&memo)).await, (1, Source::Hit));
    assert_eq!((backend.count(), registry.ended()), (1, 1));
}

async fn p8_a_forced_call_that_leaves_its_queue_counts_as_a_load_under_a_registry<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    backend.source.gates.shut_at(1);
    let memo = memo(&rt, &registry, &backend);
    let mut first = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut first).await.is_pending());
    until(&rt, || backend.count() == 1).await;
    let mut queued = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut queued).await.is_pending());
    drop(queued);
    backend.source.gates.open_all();

    assert_eq!(ended(&rt, first).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0 && memo.stats().calls() == 2).await;
    assert_eq!((memo.stats().loads, backend.count(), registry.leads()), (2, 1, 1));
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

#[test]
fn p2_8_an_overdue_update_of_one_s_own_holds_nobody_up() {
    testing::run(async |time| {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        backend.source.gates.shut_at(1);
        let memo = Builder::on(Parking::new(&time))
            .method_timeout(10 * SECOND)
            .try_wrap_with(registry.clone(), backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        assert_eq!(backend.count(), 1);
        time.advance(10 * SECOND + MS).await;

        let outcome = memo.outcome(1).await.unwrap();

        assert_eq!((outcome.value, outcome.source), (2, Source::Loaded));
        assert_eq!(time.elapsed(), 10 * SECOND + MS);
        assert!(leader.await.unwrap_err().is_timeout());
        assert_eq!(memo.call(1).await.unwrap(), 2);
    });
}

/// Makes a call that must have a value at hand.
async fn at_hand<R: Runtime>(memo: &Numbers<R>) -> (u32, Source) {
    let outcome = memo.outcome(1).await.unwrap();
    (outcome.value, outcome.source)
}

#[test]
fn p2_8_a_refresh_whose_task_has_stood_still_beyond_its_deadline_does_not_begin() {
    testing::run(async |time| {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        let runtime = Parking::new(&time);
        runtime.set_parked(false);
        let memo = Builder::on(runtime.clone())
            .update_after(SECOND)
            .method_timeout(SECOND)
            .try_wrap_with(registry.clone(), backend.method());
        assert_eq!(memo.call(1).await.unwrap(), 1);
        time.advance(2 * SECOND).await;
        runtime.set_parked(true);
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
        time.advance(2 * SECOND).await;

        runtime.unpark();
        time.advance(MS).await;

        assert_eq!((backend.count(), memo.cache().in_flight()), (1, 0));
        assert_eq!(memo.stats().refresh_failures, 1);
        assert!(!registry.is_being_updated(&1));
    });
}

#[test]
fn p2_8_an_overdue_update_holds_nobody_up_whose_successor_was_dropped_unasked() {
    testing::run(async |time| {
        let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
        backend.source.gates.shut_at(2);
        let runtime = Parking::new(&time);
        runtime.set_parked(false);
        let memo = Builder::on(runtime.clone())
            .update_after(SECOND)
            .method_timeout(10 * SECOND)
            .try_wrap_with(registry.clone(), backend.method());
        assert_eq!(memo.call(1).await.unwrap(), 1);
        time.advance(SECOND).await;
        runtime.set_parked(true);
        let mut forced = Box::pin(memo.force_refresh(1));
        assert!(polled(&mut forced).await.is_pending());
        assert_eq!(backend.count(), 2);
        runtime.set_parked(false);
        time.advance(10 * SECOND + MS).await;
        // A refresh takes the place of what hangs, and is lost before it is polled.
        assert_eq!(at_hand(&memo).await, (1, Source::Stale));
        assert_eq!(time.drop_tasks(), 1);
        assert_eq!(memo.cache().in_flight(), 0);

        assert_eq!(at_hand(&memo).await, (1, Source::Stale));
        time.advance(MS).await;

        assert_eq!(at_hand(&memo).await, (3, Source::Hit));
        assert!(forced.await.unwrap_err().is_timeout());
        assert_eq!(at_hand(&memo).await, (3, Source::Hit));
    });
}
