//! The same with a registry of updates of one's own.

use super::{
    HOUR, MINUTE, NANO, SECOND,
    backend::{Backend, Page, Way},
};

use evermemo::{
    Abandon, Backoff, Builder, CacheEntry, Error, Failure, InMemoryLocks, InMemoryTicket,
    InMemoryWait, Instant, LocalBoxFuture, Source, Turn, UpdateStatuses, testing,
};
use evermemo_tests::{Home, Timed, ended, homebound, on_every_runtime, polled, rows, until};
use std::{
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_runtime! {
    p4_2_a_registry_s_refreshes_pause_too,
    p4_2_a_refresh_that_a_registry_superseded_pauses_nothing,
    p4_2_a_registry_is_asked_in_the_step_that_notes_a_failure,
    p4_3_an_expired_entry_stands_in_under_a_registry,
    p4_7_an_error_is_kept_under_a_registry,
    p4_7_an_error_that_a_registry_superseded_is_not_kept,
    p5_5_a_bound_holds_under_a_registry,
}

async fn p4_2_a_registry_s_refreshes_pause_too<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
        .observer(page.clone())
        .try_wrap_with(Own::default(), backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(10 * SECOND);
    backend.fail();
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || memo.stats().refresh_failures == 1 && page.pauses().len() == 2).await;

    rt.advance(page.last_pause() - NANO);
    for _ in 0..5 {
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    }
    assert_eq!((memo.stats().refreshes, backend.count()), (1, 2));
    rt.advance(NANO);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || memo.stats().refresh_failures == 2).await;
}

async fn p4_2_a_refresh_that_a_registry_superseded_pauses_nothing<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(Backoff::exponential(HOUR, HOUR))
        .try_wrap_with(Own::default(), backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(10 * SECOND);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || backend.count() == 2).await;

    memo.insert(1, 50).await;
    backend.fail();
    backend.source.gates.open_all();
    until(&rt, || memo.stats().refresh_failures == 1).await;

    backend.set(Way::Works);
    rt.advance(10 * SECOND);
    assert_eq!(memo.call(1).await.unwrap(), 50);
    until(&rt, || backend.count() == 3).await;
}

async fn p4_2_a_registry_is_asked_in_the_step_that_notes_a_failure<R: Timed>(rt: R) {
    let (backend, registry) = (Backend::up(), Arc::new(Own::default()));
    let superseding = registry.clone();
    // It is asked once the load has failed, just before that is noted.
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .stale_if_error_when(HOUR, move |_: &&'static str| {
            superseding.supersede(Some(&1));
            true
        })
        .refresh_backoff(Backoff::exponential(HOUR, HOUR))
        .try_wrap_with(registry.clone(), backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(10 * SECOND);
    backend.fail();
    for failures in 1..=3 {
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
        until(&rt, || memo.stats().refresh_failures == failures).await;
        until(&rt, || !registry.is_being_updated(&1)).await;
    }
    assert_eq!(backend.count(), 4, "none of them pauses");
}

mod p2_10_a_load_that_calls_its_own_key_fails_at_once_under_a_registry {
    use super::{rows, scenario_of_recursion};

    #[test]
    fn tokio_current_thread() {
        rows::tokio_current_thread(scenario_of_recursion);
    }

    #[test]
    fn smol_local() {
        rows::smol_local(scenario_of_recursion);
    }

    #[test]
    fn virtual_time() {
        rows::virtual_time(scenario_of_recursion);
    }
}

/// By a call or by a forced one; from inside a refresh, too. Another key is free. Where tasks run on
/// the thread of the test, as the loads are tasks, and the memo stays at home.
async fn scenario_of_recursion<R: Timed>(rt: R) {
    let home = Home::<Call>::empty();
    let memo = Builder::on(rt.clone())
        .method_timeout(None)
        .update_after(10 * SECOND)
        .try_wrap_with(Own::default(), move |key: u32| async move {
            let called = homebound(home.with(|call| call(key))).await;
            let own = called.as_ref().is_err_and(|e| matches!(e.failure(), Failure::Recursive));
            Ok(u32::from(own))
        });
    let own = memo.clone();
    home.set(Rc::new(move |key| {
        let own = own.clone();
        Box::pin(async move {
            match key {
                1 => own.call(1).await,
                2 => own.force_refresh(2).await,
                key => own.call(key - 2).await,
            }
        })
    }));

    for key in [1, 2] {
        assert_eq!(ended(&rt, memo.call(key)).await.unwrap(), 1);
    }
    assert_eq!(ended(&rt, memo.force_refresh(2)).await.unwrap(), 1);
    assert_eq!(memo.stats().rejected, 3);
    // What is called is there, or is loaded by a task of its own.
    assert_eq!(ended(&rt, memo.call(3)).await.unwrap(), 0);
    memo.invalidate(&1).await;
    assert_eq!(ended(&rt, memo.force_refresh(3)).await.unwrap(), 0);

    // A stale answer is at hand, and for the refresh there is none but itself.
    rt.advance(10 * SECOND);
    assert_eq!(memo.outcome(2).await.unwrap().source, Source::Stale);
    until(&rt, || memo.stats().rejected == 5 && memo.cache().in_flight() == 0).await;
}

/// What a load calls.
type Call = Rc<dyn Fn(u32) -> LocalBoxFuture<'static, Result<u32, Error<&'static str>>>>;

async fn p4_3_an_expired_entry_stands_in_under_a_registry<R: Timed>(rt: R) {
    let backend = Backend::shut_after_first();
    let memo = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .try_wrap_with(Own::default(), backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(MINUTE);
    backend.fail();
    let (mut leader, mut joiner) = (Box::pin(memo.outcome(1)), Box::pin(memo.outcome(1)));
    assert!(polled(&mut leader).await.is_pending());
    assert!(polled(&mut joiner).await.is_pending());
    backend.source.gates.open_all();
    for call in [leader, joiner] {
        let outcome = ended(&rt, call).await.unwrap();
        assert_eq!((outcome.value, outcome.source), (1, Source::Stale));
    }
    // Within the pause, at once.
    let outcome = memo.outcome(1).await.unwrap();
    assert_eq!((outcome.value, outcome.source, backend.count()), (1, Source::Stale, 2));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.stale, stats.calls()), (2, 1, 1, 4));
    assert!(memo.force_refresh(1).await.is_err());
    rt.advance(HOUR);
    assert!(memo.call(1).await.is_err());
}

#[test]
fn p4_4_a_load_of_a_registry_goes_on_without_its_callers() {
    for abandon in [Abandon::Finish, Abandon::Abort] {
        testing::run(async |time| {
            let backend = Backend::shut_after_first();
            let memo = Builder::on(time.clone())
                .expire_after(MINUTE)
                .on_abandon(abandon)
                .stale_if_error(HOUR)
                .soft_timeout(2 * SECOND)
                .try_wrap_with(Own::default(), backend.method());
            assert_eq!(memo.call(1).await.unwrap(), 1);
            time.advance(MINUTE).await;
            let outcome = memo.outcome(1).await.unwrap();
            assert_eq!((outcome.value, outcome.source), (1, Source::Stale));
            assert_eq!(time.elapsed(), 62 * SECOND);
            backend.source.gates.open_all();
            time.settle().await;
            let outcome = memo.outcome(1).await.unwrap();
            assert_eq!((outcome.value, outcome.source), (2, Source::Hit));
        });
    }
}

async fn p4_7_an_error_is_kept_under_a_registry<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo = Builder::on(rt.clone())
        .cache_errors_for(10 * SECOND)
        .try_wrap_with(Own::default(), backend.method());
    backend.fail();
    for _ in 0..3 {
        assert_eq!(memo.call(1).await.expect_err("it fails").cause(), Some(&"down"));
    }
    let stats = memo.stats();
    assert_eq!((backend.count(), stats.cached_errors, stats.calls()), (1, 2, 3));
    rt.advance(10 * SECOND);
    backend.set(Way::Works);
    assert_eq!(memo.call(1).await.unwrap(), 2);
}

async fn p4_7_an_error_that_a_registry_superseded_is_not_kept<R: Timed>(rt: R) {
    for clears in [false, true] {
        let backend = Backend::shut_after_first();
        let memo = Builder::on(rt.clone())
            .cache_errors_for(HOUR)
            .try_wrap_with(Own::default(), backend.method());
        assert_eq!(memo.call(9).await.unwrap(), 1);
        let mut before = Box::pin(memo.call(1));
        assert!(polled(&mut before).await.is_pending());
        until(&rt, || backend.count() == 2).await;
        if clears {
            memo.clear().await;
        } else {
            memo.invalidate(&1).await;
        }
        backend.fail();
        backend.source.gates.open_all();
        assert!(ended(&rt, before).await.is_err());

        backend.set(Way::Works);
        assert_eq!(memo.call(1).await.unwrap(), 3);
        assert_eq!(memo.stats().cached_errors, 0);
    }
}

async fn p5_5_a_bound_holds_under_a_registry<R: Timed>(rt: R) {
    let backend = Backend::up();
    backend.source.gates.shut_at(1);
    let memo = Builder::on(rt.clone()).max_loads(1).try_wrap_with(Own::default(), backend.method());
    let mut calls: Vec<_> = (1..=3).map(|key| Box::pin(memo.call(key))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    until(&rt, || backend.count() == 1).await;
    backend.source.gates.open_all();
    for call in calls {
        assert!(ended(&rt, call).await.is_ok());
    }
    assert_eq!(backend.count(), 3);
}

/// Does what the built-in one does, and is none. Counts what it is asked and told.
#[derive(Debug, Default)]
pub(crate) struct Own {
    locks: InMemoryLocks<u32, u32, &'static str>,
    turns: Mutex<Turns>,
}

#[derive(Debug, Default)]
struct Turns {
    leads: usize,
    joins: usize,
    ended: usize,
    aborted: Vec<String>,
}

impl Own {
    /// Makes one with this lock timeout.
    pub(crate) fn of(lock_timeout: Option<Duration>) -> Self {
        Self { locks: InMemoryLocks::new(lock_timeout), turns: Mutex::default() }
    }

    /// Returns how many updates have been led.
    pub(crate) fn leads(&self) -> usize {
        self.turns.lock().unwrap().leads
    }

    /// Returns how often an update has been joined.
    pub(crate) fn joins(&self) -> usize {
        self.turns.lock().unwrap().joins
    }

    /// Returns how many updates have ended.
    pub(crate) fn ended(&self) -> usize {
        self.turns.lock().unwrap().ended
    }

    /// Returns why updates have failed, in the order of their ends.
    pub(crate) fn aborted(&self) -> Vec<String> {
        self.turns.lock().unwrap().aborted.clone()
    }
}

impl UpdateStatuses<u32, u32, &'static str> for Own {
    type Ticket = InMemoryTicket<u32, &'static str>;
    type Wait = InMemoryWait<u32, &'static str>;

    fn is_being_updated(&self, key: &u32) -> bool {
        self.locks.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &u32, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        let turn = self.locks.mark_being_updated(key, now);
        let mut turns = self.turns.lock().unwrap();
        match turn {
            Turn::Lead(..) => turns.leads += 1,
            Turn::Join(_) => turns.joins += 1,
        }
        turn
    }

    fn is_current(&self, key: &u32, ticket: &Self::Ticket) -> bool {
        self.locks.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &u32, ticket: &Self::Ticket, entry: CacheEntry<u32>) {
        self.locks.mark_updated(key, ticket, entry);
        self.turns.lock().unwrap().ended += 1;
    }

    fn mark_update_aborted(
        &self,
        key: &u32,
        ticket: &Self::Ticket,
        failure: Failure<&'static str>,
    ) {
        let why = failure.to_string();
        self.locks.mark_update_aborted(key, ticket, failure);
        let mut turns = self.turns.lock().unwrap();
        turns.ended += 1;
        turns.aborted.push(why);
    }

    fn supersede(&self, key: Option<&u32>) {
        self.locks.supersede(key);
    }

    fn lock_timeout(&self) -> Option<Duration> {
        self.locks.lock_timeout()
    }
}
