//! Calls and loads that are dropped at each point where they wait.
//!
//! A load that its caller leaves becomes a task; a runtime that drops tasks drops it there and then,
//! wherever it waits.

use super::{looking_again, soon};

use evermemo::{
    Builder, CacheEntry, Failure, InMemoryLocks, InMemoryTicket, InMemoryWait, Instant,
    LeastRecentlyUpdatedEvictionStrategy, Source, Turn, UpdateStatuses,
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, stored, until,
};
use std::{convert::Infallible, sync::Arc, time::Duration};

on_every_runtime! {
    a_call_dropped_at_its_first_look,
    a_leader_dropped_at_its_second_look,
    a_leader_dropped_at_its_second_look_leaves_the_key_to_its_joiners,
    a_stale_call_does_not_wait_for_the_second_look,
    a_forced_call_dropped_behind_another,
    all_callers_dropped_after_the_hand_over,
    a_load_dropped_while_it_runs,
    a_load_dropped_while_another_write_is_under_way,
    a_load_dropped_while_it_waits_for_a_place,
    a_load_dropped_while_it_writes,
    a_load_dropped_while_it_evicts,
    a_registered_leader_dropped_at_its_second_look,
    registered_callers_dropped_while_they_wait,
    a_registered_load_that_is_never_started,
}

async fn a_call_dropped_at_its_first_look<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    probe.next(Operation::Get, Mode::Hang);
    let mut call = Box::pin(memo.call(7));
    assert!(polled(&mut call).await.is_pending());

    drop(call);

    assert_eq!(probe.count(Operation::Get, Moment::Dropped), 1);
    assert_eq!((memo.stats().calls(), memo.cache().in_flight()), (0, 0));
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 1);
}

async fn a_leader_dropped_at_its_second_look<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    let mut call = Box::pin(memo.call(7));
    let at_rest = || memo.cache().in_flight() == 0;
    let gate = looking_again(&rt, &probe, &mut call, memo.call(99), at_rest).await;
    assert_eq!(memo.cache().in_flight(), 1);

    drop(call);
    gate.open();

    // The load looks again by itself, and goes on.
    until(&rt, || memo.cache().in_flight() == 0).await;
    let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Hit));
}

async fn a_leader_dropped_at_its_second_look_leaves_the_key_to_its_joiners<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    let mut call = Box::pin(memo.call(7));
    let at_rest = || memo.cache().in_flight() == 0;
    let gate = looking_again(&rt, &probe, &mut call, memo.call(99), at_rest).await;
    let mut joiners: Vec<_> = (0..3).map(|_| Box::pin(memo.outcome(7))).collect();
    for joiner in &mut joiners {
        assert!(polled(joiner).await.is_pending());
    }

    drop(call);
    gate.open();

    for joiner in joiners {
        let joined = soon(&rt, joiner).await.unwrap();
        assert_eq!((joined.value, joined.source), (2, Source::Joined));
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    // Who joined stays a join.
    assert_eq!((source.count(), memo.stats().joins), (2, 3));
}

async fn a_stale_call_does_not_wait_for_the_second_look<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let builder = Builder::on(rt.clone()).storage(probe.clone());
    let memo = builder.update_after(Duration::from_secs(1)).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let at_rest = || memo.cache().in_flight() == 0;
    until(&rt, at_rest).await;
    rt.advance(Duration::from_secs(1));
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    let mut call = Box::pin(memo.outcome(7));
    assert!(polled(&mut call).await.is_pending());
    assert_eq!(memo.call(99).await.unwrap(), 2);
    until(&rt, at_rest).await;
    let looks = probe.count(Operation::Get, Moment::Began);
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    first.open();

    let stale = soon(&rt, call).await.unwrap();
    assert_eq!((stale.value, stale.source), (1, Source::Stale));
    until(&rt, || probe.count(Operation::Get, Moment::Began) == looks + 1).await;
    assert_eq!((source.count(), memo.cache().in_flight()), (2, 1));
    second.open();

    until(&rt, || source.count() == 3 && memo.cache().in_flight() == 0).await;
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (3, Source::Hit));
}

async fn a_forced_call_dropped_behind_another<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let (mut first, mut behind) =
        (Box::pin(memo.force_refresh(7)), Box::pin(memo.force_refresh(7)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut behind).await.is_pending());

    drop(behind);
    source.gates.open_at(1);

    assert_eq!(soon(&rt, first).await.unwrap(), 1);
    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn all_callers_dropped_after_the_hand_over<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(memo.call(7))).collect();
    // At its second poll the leader finds that it no longer drives the load.
    for _ in 0..2 {
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
    }

    drop(calls);
    source.gates.open_at(1);

    until(&rt, || memo.cache().in_flight() == 0).await;
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (1, Source::Hit, 1));
}

async fn a_load_dropped_while_it_runs<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let mut call = Box::pin(memo.call(7));
    assert!(polled(&mut call).await.is_pending());

    rt.set_running(false);
    drop(call);

    assert_eq!((memo.cache().in_flight(), memo.len()), (0, 0));
    rt.set_running(true);
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 2);
}

async fn a_load_dropped_while_another_write_is_under_way<R: Timed>(rt: R) {
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);

    rt.set_running(false);
    assert_eq!(memo.force_refresh(7).await.unwrap(), 2);

    // The write under way still holds the key.
    assert_eq!(memo.cache().in_flight(), 1);
    rt.set_running(true);
    gate.open();
    until(&rt, || probe.count(Operation::Offer, Moment::Ended) == 1).await;
    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 3);
    until(&rt, || stored(probe.within(), &7).is_some_and(|entry| entry.value == 3)).await;
    until(&rt, || memo.cache().in_flight() == 0).await;
}

async fn a_load_dropped_while_it_waits_for_a_place<R: Timed>(rt: R) {
    const PLACES: u32 = 1024;
    let (probe, source, gate) = (Probe::<u32, u32>::new(), Numbered::open(), Gate::shut());
    probe.set(Operation::Offer, Mode::Wait(gate.clone()));
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());
    for key in 0..PLACES {
        assert!(memo.call(key).await.is_ok());
    }
    // From its first wait for a place on a task has the load, and the runtime drops that.
    rt.set_running(false);
    let error = soon(&rt, Box::pin(memo.call(PLACES))).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Abandoned), "{error:?}");

    assert_eq!(memo.cache().in_flight(), PLACES as usize);
    rt.set_running(true);
    gate.open();
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(soon(&rt, Box::pin(memo.call(PLACES))).await.unwrap(), PLACES + 2);
    until(&rt, || stored(probe.within(), &PLACES).is_some()).await;
}

async fn a_load_dropped_while_it_writes<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    probe.next(Operation::Offer, Mode::Hang);
    let builder = Builder::on(rt.clone()).storage_timeout(Duration::MAX);
    let memo = builder.storage(probe.clone()).wrap(source.method());

    rt.set_running(false);
    assert_eq!(memo.call(7).await.unwrap(), 1);

    assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
    assert_eq!((memo.cache().in_flight(), memo.len()), (0, 0));
    rt.set_running(true);
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 2);
    until(&rt, || memo.len() == 1).await;
    soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap();
}

async fn a_load_dropped_while_it_evicts<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(source.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    probe.next(Operation::Release, Mode::Hang);

    rt.set_running(false);
    assert_eq!(memo.call(2).await.unwrap(), 2);

    assert_eq!(probe.count(Operation::Release, Moment::Dropped), 1);
    assert_eq!((memo.cache().in_flight(), memo.len()), (0, 2));
    rt.set_running(true);
    // The victim is named again.
    assert_eq!(soon(&rt, Box::pin(memo.call(3))).await.unwrap(), 3);
    until(&rt, || memo.len() == 1 && stored(probe.within(), &3).is_some()).await;
    until(&rt, || memo.cache().in_flight() == 0).await;
}

/// A registry that is not the engine's own.
struct Registry(InMemoryLocks<u32, u32, Infallible>);

impl Registry {
    fn new() -> Self {
        Self(InMemoryLocks::new(None))
    }
}

impl UpdateStatuses<u32, u32, Infallible> for Registry {
    type Ticket = InMemoryTicket<u32, Infallible>;
    type Wait = InMemoryWait<u32, Infallible>;

    fn is_being_updated(&self, key: &u32) -> bool {
        self.0.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &u32, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        self.0.mark_being_updated(key, now)
    }

    fn is_current(&self, key: &u32, ticket: &Self::Ticket) -> bool {
        self.0.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &u32, ticket: &Self::Ticket, entry: CacheEntry<u32>) {
        self.0.mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(&self, key: &u32, ticket: &Self::Ticket, failure: Failure<Infallible>) {
        self.0.mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&u32>) {
        self.0.supersede(key);
    }
}

async fn a_registered_leader_dropped_at_its_second_look<R: Timed>(rt: R) {
    let (probe, source, registry) =
        (Probe::<u32, u32>::new(), Numbered::open(), Arc::new(Registry::new()));
    let builder = Builder::on(rt.clone()).storage(probe.clone());
    let memo = builder.update_statuses(registry.clone()).wrap(source.method());
    let mut call = Box::pin(memo.call(7));
    let at_rest = || !registry.is_being_updated(&99);
    let gate = looking_again(&rt, &probe, &mut call, memo.call(99), at_rest).await;
    assert!(registry.is_being_updated(&7));

    drop(call);
    gate.open();

    until(&rt, || !registry.is_being_updated(&7)).await;
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 2);
    until(&rt, || !registry.is_being_updated(&7)).await;
}

async fn registered_callers_dropped_while_they_wait<R: Timed>(rt: R) {
    let (source, registry) = (Numbered::shut(), Arc::new(Registry::new()));
    let memo = Builder::on(rt.clone()).update_statuses(registry.clone()).wrap(source.method());
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    drop(a);
    source.gates.open_at(1);
    assert_eq!(soon(&rt, b).await.unwrap(), 1);

    source.gates.shut_at(2);
    let mut solo = Box::pin(memo.call(8));
    assert!(polled(&mut solo).await.is_pending());
    drop(solo);
    source.gates.open_at(2);
    until(&rt, || !registry.is_being_updated(&8)).await;
    assert_eq!(memo.outcome(8).await.unwrap().source, Source::Hit);
    assert_eq!(source.count(), 2);
}

async fn a_registered_load_that_is_never_started<R: Timed>(rt: R) {
    let (source, registry) = (Numbered::open(), Arc::new(Registry::new()));
    let builder = Builder::on(rt.clone()).update_after(Duration::from_secs(1));
    let memo = builder.update_statuses(registry.clone()).wrap(source.method());
    rt.set_running(false);

    let error = soon(&rt, Box::pin(memo.call(7))).await.expect_err("nothing runs");

    assert!(matches!(error.failure(), Failure::Abandoned));
    assert!(!registry.is_being_updated(&7));
    rt.set_running(true);
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 1);

    rt.advance(Duration::from_secs(1));
    rt.set_running(false);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    assert!(!registry.is_being_updated(&7));
}
