//! Flights of a cache whose registry of updates is one of one's own.

use super::{MS, Numbers, SECOND, backend::Backend, registry::Own};

use evermemo::{Abandon, Builder, Failure, Runtime, Source, UpdateStatuses, testing};
use evermemo_tests::{
    Drops, Gate, Mode, Operation, Parking, Probe, Timed, all, ended, on_every_runtime, polled,
    until,
};
use std::sync::Arc;

on_every_runtime! {
    p3_4_forced_calls_under_a_registry_share_the_next_load,
    p3_4_a_forced_load_under_a_registry_supersedes_an_ordinary_one,
    p2_4_a_load_of_a_registry_is_dropped_with_its_last_caller_if_that_is_set,
    p2_4_a_load_of_a_registry_goes_on_without_its_callers_by_default,
    p7_2_callers_have_their_value_before_the_storage_under_a_registry,
    p8_a_forced_call_that_leaves_its_queue_counts_as_a_load_under_a_registry,
}

pub(super) fn memo<R: Runtime>(rt: &R, registry: &Arc<Own>, backend: &Backend) -> Numbers<R> {
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

/// Makes a call that must have a value at hand.
pub(super) async fn at_hand<R: Runtime>(memo: &Numbers<R>) -> (u32, Source) {
    let outcome = memo.outcome(1).await.unwrap();
    (outcome.value, outcome.source)
}
