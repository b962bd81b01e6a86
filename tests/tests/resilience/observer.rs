//! Who hears of what a cache does.

use super::{
    HOUR, MINUTE, MS, NANO, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Page, Told, Way, boom},
};

use evermemo::{
    Abandon, Backoff, Builder, CacheEntry, CacheStorage, Event, EvictionStrategy, InMemoryLocks,
    Instant, LeastRecentlyUpdatedEvictionStrategy, LocalInMemoryCacheStorage, Memo, Observer,
    Operation, Runtime, Source, Trigger,
    testing::{self, Virtual},
};
use evermemo_tests::{Mode, Probe, Timed, ended, on_every_runtime, polled, until};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    p8_an_observer_hears_of_all_but_hits_in_order,
    p8_an_observer_hears_of_joiners_before_the_end_of_their_load,
    p8_an_observer_hears_how_long_a_load_took,
    p8_an_observer_hears_of_evictions,
    p8_an_observer_hears_of_failures_of_the_storage,
    p8_an_observer_hears_of_calls_without_a_runtime,
    p8_a_panicking_observer_harms_nobody,
    p8_a_load_that_is_aborted_ends_once,
    p8_load_times_add_up,
    p8_a_load_that_never_begins_does_not_end,
    p8_a_stale_answer_from_a_write_under_way_is_told,
    p8_an_answer_that_is_fresh_after_all_is_not_told_as_stale,
}

/// Forced calls that come and go behind another one, and loads that their runtime drops; but one
/// without any time is told to be overdue.
async fn p8_a_load_that_never_begins_does_not_end<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> =
        Builder::on(rt.clone()).observer(page.clone()).try_wrap(backend.method());
    let mut first = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut first).await.is_pending());
    for _ in 0..3 {
        let mut queued = Box::pin(memo.force_refresh(1));
        assert!(polled(&mut queued).await.is_pending());
    }
    backend.source.gates.open_all();
    assert_eq!(first.await.unwrap(), 1);
    at_rest(&rt, &memo).await;
    let told = page.take();
    let begun = told.iter().filter(|told| matches!(told, Told::Started(..))).count();
    let ended = told.iter().filter(|told| matches!(told, Told::Ended { .. })).count();
    assert_eq!((begun, ended), (1, 1), "{told:?}");

    let never = Builder::on(rt.clone())
        .method_timeout(Duration::ZERO)
        .observer(page.clone())
        .try_wrap(backend.method());
    for key in 1..=3 {
        assert!(never.call(key).await.unwrap_err().is_timeout());
    }
    assert_eq!((never.stats().loads, never.stats().timeouts), (3, 3));
    assert_eq!(page.take(), [1, 2, 3].map(|key| failed(key, Trigger::Call, OVERDUE)));

    // Dropped by its runtime before it is polled.
    let dropped: Numbers<R> =
        Builder::on(rt.clone()).observer(page.clone()).try_wrap(backend.method());
    rt.set_entered(false);
    rt.set_running(false);
    assert!(dropped.call(1).await.is_err());
    assert_eq!(page.take(), []);
}

async fn p8_a_stale_answer_from_a_write_under_way_is_told<R: Timed>(rt: R) {
    let (backend, page, probe) = (Backend::up(), Page::default(), Probe::new());
    probe.set(evermemo_tests::Operation::Offer, Mode::Hang);
    let memo: Numbers<R> = Builder::on(rt.clone())
        .storage(probe.clone())
        .update_after(10 * SECOND)
        .storage_timeout(HOUR)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(ended(&rt, memo.call(1)).await.unwrap(), 1);
    assert_eq!(ended(&rt, memo.outcome(1)).await.unwrap().source, Source::Hit);
    let _ = page.take();
    rt.advance(10 * SECOND);
    for stale in 1..=2 {
        assert_eq!(ended(&rt, memo.outcome(1)).await.unwrap().source, Source::Stale);
        assert_eq!(memo.stats().stale, stale);
        assert_eq!(page.take(), [Told::Stale(1, 1)]);
    }
}

/// What is written between the look and the refresh is found by the second look.
async fn p8_an_answer_that_is_fresh_after_all_is_not_told_as_stale<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let storage = Arc::new(LocalInMemoryCacheStorage::<u32, u32>::new(10));
    let meddler = Meddler { storage: storage.clone(), at: rt.now() + 20 * SECOND };
    let memo = Builder::on(rt.clone())
        .storage(storage)
        .eviction_strategy(meddler)
        .update_after(10 * SECOND)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    let _ = page.take();
    rt.advance(10 * SECOND);
    let answer = memo.outcome(1).await.unwrap();
    assert_eq!((answer.value, answer.source), (99, Source::Hit));
    assert_eq!((page.take(), memo.stats().hits, memo.stats().stale), (vec![], 1, 0));
}

/// Writes what is fresh whenever a stale entry has been read.
struct Meddler {
    storage: Arc<LocalInMemoryCacheStorage<u32, u32>>,
    at: Instant,
}

impl EvictionStrategy<u32, u32> for Meddler {
    fn observes_reads(&self) -> bool {
        true
    }

    fn mark_read(&self, key: &u32) {
        let _done = self.storage.offer(key, &CacheEntry::new(99, self.at), self.at);
    }

    fn mark_written(&self, _key: &u32, _entry: &CacheEntry<u32>) {}

    fn mark_released(&self, _key: &u32) {}

    fn next_to_release(&self) -> Option<u32> {
        None
    }
}

const fn ok(key: u32, trigger: Trigger, value: u32) -> Told {
    Told::Ended { key, trigger, result: Ok(value) }
}

fn failed(key: u32, trigger: Trigger, text: &str) -> Told {
    Told::Ended { key, trigger, result: Err(text.into()) }
}

const ABANDONED: &str = "the load was dropped with the runtime that drove it";
const OVERDUE: &str = "the load did not end within its timeout";

async fn p8_an_observer_hears_of_all_but_hits_in_order<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    assert_eq!(page.take(), [Told::Started(1, Trigger::Call), ok(1, Trigger::Call, 1)]);

    for _ in 0..5 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
    }
    assert_eq!(page.take(), []);

    rt.advance(MINUTE);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    let (started, loaded) = (Told::Started(1, Trigger::Refresh), ok(1, Trigger::Refresh, 2));
    assert_eq!(page.take(), [Told::Stale(1, 1), started, loaded]);

    assert_eq!(memo.force_refresh(1).await.unwrap(), 3);
    assert_eq!(page.take(), [Told::Started(1, Trigger::Force), ok(1, Trigger::Force, 3)]);

    memo.insert(1, 50).await;
    memo.invalidate(&1).await;
    memo.clear().await;
    assert_eq!(page.take(), [Told::Inserted(1), Told::Invalidated(1), Told::Cleared]);

    backend.fail();
    assert!(memo.call(1).await.is_err());
    assert_eq!(page.take(), [Told::Started(1, Trigger::Call), failed(1, Trigger::Call, "down")]);
    backend.set(Way::Panics);
    assert!(memo.call(1).await.is_err());
    let panicked = failed(1, Trigger::Call, "the load panicked: boom");
    assert_eq!(page.take(), [Told::Started(1, Trigger::Call), panicked]);
}

async fn p8_an_observer_hears_of_joiners_before_the_end_of_their_load<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> = Builder::on(rt).observer(page.clone()).try_wrap(backend.method());
    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(memo.call(1))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    backend.source.gates.open_all();
    for call in calls {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert_eq!(
        page.take(),
        [
            Told::Started(1, Trigger::Call),
            Told::Joined(1),
            Told::Joined(1),
            ok(1, Trigger::Call, 1),
        ]
    );
}

async fn p8_an_observer_hears_how_long_a_load_took<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> =
        Builder::on(rt.clone()).observer(page.clone()).try_wrap(backend.method());
    let mut call = Box::pin(memo.call(1));
    assert!(polled(&mut call).await.is_pending());
    rt.advance(7 * SECOND);
    backend.source.gates.open_all();
    assert_eq!(call.await.unwrap(), 1);
    assert_eq!(page.took(), [7 * SECOND]);
    assert_eq!(memo.stats().load_time, 7 * SECOND);
}

async fn p8_an_observer_hears_of_evictions<R: Timed>(rt: R) {
    let page = Page::default();
    let memo = Builder::on(rt)
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(2))
        .observer(page.clone())
        .try_wrap(Backend::up().method());
    for key in 1..=3 {
        memo.call(key).await.unwrap();
    }
    let told = page.take();
    assert_eq!(told.iter().filter(|told| matches!(told, Told::Evicted(_))).count(), 1);
    assert_eq!(told.last(), Some(&Told::Evicted(1)));
    assert_eq!((memo.stats().evicted, memo.len()), (1, 2));
}

async fn p8_an_observer_hears_of_failures_of_the_storage<R: Timed>(rt: R) {
    let (page, probe) = (Page::default(), Probe::<u32, u32>::new());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .observer(page.clone())
        .try_wrap(Backend::up().method());
    let failures = |told: Vec<Told>| {
        told.into_iter()
            .filter_map(|told| match told {
                Told::StorageFailed(key, operation) => Some((key, operation)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };

    probe.next(evermemo_tests::Operation::Get, Mode::Fail("lost"));
    memo.call(1).await.unwrap();
    at_rest(&rt, &memo).await;
    assert_eq!(failures(page.take()), [(Some(1), Operation::Get)]);

    probe.next(evermemo_tests::Operation::Offer, Mode::Fail("full"));
    memo.call(2).await.unwrap();
    at_rest(&rt, &memo).await;
    assert_eq!(failures(page.take()), [(Some(2), Operation::Offer)]);

    // The caller is told itself, too.
    probe.next(evermemo_tests::Operation::Release, Mode::Fail("stuck"));
    assert!(memo.try_invalidate(&1).await.is_err());
    assert_eq!(failures(page.take()), [(Some(1), Operation::Release)]);
    assert_eq!(memo.stats().storage_errors, 3);
}

async fn p8_an_observer_hears_of_calls_without_a_runtime<R: Timed>(rt: R) {
    let page = Page::default();
    let memo: Numbers<R> =
        Builder::on(rt.clone()).observer(page.clone()).try_wrap(Backend::up().method());
    rt.set_bound(false);
    let error = memo.call(1).await.expect_err("there is no runtime");
    assert_eq!(page.take(), [Told::Rejected(error.failure().to_string())]);
    assert_eq!((memo.stats().rejected, memo.stats().calls()), (1, 1));
    rt.set_bound(true);
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
}

/// Panics whenever it is told anything, and counts how often.
#[derive(Clone, Default)]
struct Hysteric(Arc<AtomicUsize>);

impl<K, V, E> Observer<K, V, E> for Hysteric {
    fn observe(&self, _: &Event<'_, K, V, E>) {
        self.0.fetch_add(1, SeqCst);
        boom();
    }
}

async fn p8_a_panicking_observer_harms_nobody<R: Timed>(rt: R) {
    let (backend, hysteric) = (Backend::up(), Hysteric::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .stale_if_error(HOUR)
        .cache_errors_for(MINUTE)
        .refresh_backoff(Backoff::NONE)
        .max_loads(2)
        .observer(hysteric.clone())
        .try_wrap(backend.method());
    backend.source.gates.shut_at(1);
    let (mut leader, mut joiner) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut leader).await.is_pending());
    assert!(polled(&mut joiner).await.is_pending());
    backend.source.gates.open_all();
    assert_eq!((leader.await.unwrap(), joiner.await.unwrap()), (1, 1));

    rt.advance(MINUTE);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    assert_eq!(memo.force_refresh(1).await.unwrap(), 3);
    rt.advance(HOUR);
    for way in [Way::Fails("down"), Way::Panics] {
        backend.set(way);
        assert_eq!(answer(&memo, 1).await, (3, Source::Stale));
    }
    backend.fail();
    for _ in 0..2 {
        assert!(memo.call(2).await.is_err());
    }
    memo.insert(1, 50).await;
    memo.invalidate(&1).await;
    memo.clear().await;
    backend.set(Way::Works);
    assert!(memo.call(1).await.is_ok());

    let stats = memo.stats();
    assert_eq!((stats.calls(), memo.cache().in_flight()), (10, 0));
    assert_eq!((stats.hits, stats.stale, stats.loads, stats.joins), (1, 1, 6, 1));
    assert_eq!((stats.rejected, stats.panics, stats.load_failures), (1, 1, 2));
    assert!(hysteric.0.load(SeqCst) >= 20);
}

async fn p8_a_load_that_is_aborted_ends_once<R: Timed>(rt: R) {
    for nested in [false, true] {
        let (backend, page) = (Backend::up(), Page::default());
        backend.source.gates.shut_at(1);
        let memo: Numbers<R> = Builder::on(rt.clone())
            .on_abandon(Abandon::Abort)
            .observer(page.clone())
            .try_wrap(backend.method());
        let mut calls = vec![Box::pin(memo.call(1))];
        if nested {
            calls.push(Box::pin(memo.call(1)));
        }
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        drop(calls);
        at_rest(&rt, &memo).await;
        until(&rt, || !page.pauses().is_empty()).await;
        let mut told = page.take();
        told.retain(|told| *told != Told::Joined(1));
        assert_eq!(told, [Told::Started(1, Trigger::Call), failed(1, Trigger::Call, ABANDONED)]);
    }
}

async fn p8_load_times_add_up<R: Timed>(rt: R) {
    let (backend, page) = (Backend::shut_after_first(), Page::default());
    backend.source.gates.shut_at(1);
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(MINUTE)
        .expire_after(HOUR)
        .observer(page.clone())
        .try_wrap(backend.method());
    let mut call = Box::pin(memo.call(1));
    assert!(polled(&mut call).await.is_pending());
    rt.advance(5 * SECOND);
    backend.source.gates.open_at(1);
    assert_eq!(call.await.unwrap(), 1);

    rt.advance(MINUTE);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    until(&rt, || backend.count() == 2).await;
    rt.advance(3 * SECOND);
    backend.source.gates.open_at(2);
    at_rest(&rt, &memo).await;

    backend.fail();
    let mut call = Box::pin(memo.call(2));
    assert!(polled(&mut call).await.is_pending());
    rt.advance(200 * MS);
    backend.source.gates.open_at(3);
    assert!(call.await.is_err());

    backend.set(Way::Works);
    backend.source.gates.open_all();
    answer(&memo, 3).await;

    assert_eq!(memo.stats().load_time, 8 * SECOND + 200 * MS);
    assert_eq!(page.took(), [5 * SECOND, 3 * SECOND, 200 * MS, Duration::ZERO]);
    // Joiners and hits take no load time.
    for _ in 0..3 {
        at_once(&memo, 1).await;
    }
    assert_eq!(memo.stats().load_time, 8 * SECOND + 200 * MS);
}

#[test]
fn p8_an_observer_hears_of_timeouts_and_of_what_is_tried_again() {
    testing::run(async |time| {
        let (backend, page) = (Backend::up(), Page::default());
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .method_timeout(10 * SECOND)
            .refresh_backoff(Backoff::exponential(MINUTE, MINUTE))
            .observer(page.clone())
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        time.advance(MINUTE).await;
        backend.set(Way::Hangs);
        page.take();
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        assert_eq!(page.took(), [10 * SECOND]);
        assert!((45 * SECOND..=MINUTE).contains(&page.last_pause()));
        let overdue = failed(1, Trigger::Call, OVERDUE);
        assert_eq!(page.take(), [Told::Started(1, Trigger::Call), overdue, Told::Stale(1, 1)]);
        assert_eq!(memo.stats().load_time, 10 * SECOND);
    });
}

/// What a load brought is being stored when its runtime drops it.
#[test]
fn p8_a_load_that_is_dropped_while_it_is_stored_ends_once() {
    testing::run(async |time| {
        let (page, probe) = (Page::default(), Probe::<u32, u32>::new());
        let memo = Builder::on(time.clone())
            .storage(probe.clone())
            .observer(page.clone())
            .try_wrap(Backend::up().method());
        probe.set(evermemo_tests::Operation::Offer, Mode::Hang);
        assert_eq!(memo.call(1).await.unwrap(), 1);
        time.drop_tasks();
        time.settle().await;
        assert_eq!(memo.cache().in_flight(), 0);
        assert_eq!(page.take(), [Told::Started(1, Trigger::Call), ok(1, Trigger::Call, 1)]);
    });
}

/// An insertion is no load, even if it is dropped before its end.
#[test]
fn p8_an_insertion_that_is_dropped_is_no_load_that_ended() {
    testing::run(async |time| {
        let (page, probe) = (Page::default(), Probe::<u32, u32>::new());
        let memo = Builder::on(time.clone())
            .storage(probe.clone())
            .observer(page.clone())
            .try_wrap(Backend::up().method());
        probe.set(evermemo_tests::Operation::Offer, Mode::Hang);
        let mut insertion = Box::pin(memo.try_insert(1, 50));
        assert!(polled(&mut insertion).await.is_pending());
        drop(insertion);
        time.settle().await;
        assert!(!page.take().iter().any(|told| matches!(told, Told::Ended { .. })));
    });
}

/// Calls the cache whenever it is told anything.
#[derive(Clone, Default)]
struct Caller {
    memo: Arc<OnceLock<Memo<u32, u32, &'static str, Virtual>>>,
    calling: Arc<AtomicBool>,
    told: Arc<AtomicUsize>,
}

impl Observer<u32, u32, &'static str> for Caller {
    fn observe(&self, event: &Event<'_, u32, u32, &'static str>) {
        let Some(memo) = self.memo.get() else { return };
        // What it does itself is told, too.
        if self.calling.swap(true, SeqCst) {
            return;
        }
        self.told.fetch_add(1, SeqCst);
        let key = match *event {
            Event::Stale { key, .. }
            | Event::Joined { key, .. }
            | Event::LoadStarted { key, .. }
            | Event::LoadEnded { key, .. }
            | Event::Invalidated { key, .. }
            | Event::Inserted { key, .. } => *key,
            _ => 1,
        };
        let _stats = (memo.stats(), memo.len(), memo.cache().in_flight());
        let waker = std::task::Waker::noop();
        let mut cx = std::task::Context::from_waker(waker);
        // The same key, and another one of the same table.
        for key in [key, key + 1_000] {
            let mut call = std::pin::pin!(memo.call(key));
            let _answer = call.as_mut().poll(&mut cx);
        }
        let removed = key + 2_000;
        let mut removal = std::pin::pin!(memo.try_invalidate(&removed));
        assert!(removal.as_mut().poll(&mut cx).is_ready());
        let mut insertion = std::pin::pin!(memo.try_insert(key + 3_000, 1));
        assert!(insertion.as_mut().poll(&mut cx).is_ready());
        self.calling.store(false, SeqCst);
    }
}

#[test]
fn p8_an_observer_may_call_the_cache() {
    for abandon in [Abandon::Finish, Abandon::Abort] {
        testing::run(async |time| {
            let (backend, caller) = (Backend::up(), Caller::default());
            let memo = Builder::on(time.clone())
                .update_after(MINUTE)
                .expire_after(HOUR)
                .stale_if_error(HOUR)
                .soft_timeout(2 * SECOND)
                .method_timeout(10 * SECOND)
                .cache_errors_for(MINUTE)
                .max_loads(3)
                .on_abandon(abandon)
                .observer(caller.clone())
                .try_wrap(backend.method());
            assert!(caller.memo.set(memo.clone()).is_ok());

            assert!(memo.call(1).await.is_ok());
            time.advance(MINUTE).await;
            assert!(memo.call(1).await.is_ok());
            time.settle().await;
            assert!(memo.force_refresh(1).await.is_ok());
            memo.insert(1, 50).await;
            time.advance(HOUR).await;
            for way in [Way::Fails("down"), Way::Panics, Way::Hangs, Way::Works] {
                backend.set(way);
                let (a, b) = futures_util::future::join(memo.call(1), memo.call(1)).await;
                assert!(a.is_ok() && b.is_ok(), "{way:?}");
                let mut left = Box::pin(memo.call(2));
                let _polled = polled(&mut left).await;
                drop(left);
                let _failed = memo.call(3).await;
                let _failed = memo.call(3).await;
                time.advance(2 * MINUTE).await;
                memo.invalidate(&2).await;
            }
            memo.clear().await;
            time.advance(MINUTE).await;
            backend.set(Way::Works);
            assert!(memo.call(1).await.is_ok());
            time.advance(MINUTE).await;
            assert_eq!(memo.cache().in_flight(), 0);
            assert!(caller.told.load(SeqCst) > 20);
            // The cache and its observer hold each other; nothing is left to run all the same.
            assert_eq!(time.tasks(), 0);
        });
    }
}

#[test]
fn p8_an_observer_that_is_shared_hears_of_every_cache() {
    testing::run(async |time| {
        let page = Arc::new(Page::default());
        for _ in 0..2 {
            let memo = Builder::on(time.clone())
                .observer(page.clone())
                .try_wrap_with(InMemoryLocks::default(), Backend::up().method());
            assert!(memo.call(1).await.is_ok());
        }
        assert_eq!(page.take().len(), 4);
    });
}

#[test]
fn p8_the_wait_for_a_place_is_no_part_of_a_load() {
    testing::run(async |time| {
        let (backend, page) = (Backend::shut_after_first(), Page::default());
        backend.source.gates.shut_at(1);
        let memo = Builder::on(time.clone())
            .max_loads(1)
            .observer(page.clone())
            .try_wrap(backend.method());
        let mut a = Box::pin(memo.call(1));
        assert!(polled(&mut a).await.is_pending());
        let mut b = Box::pin(memo.call(2));
        assert!(polled(&mut b).await.is_pending());
        // It has not begun.
        assert_eq!(page.take(), [Told::Started(1, Trigger::Call)]);
        time.advance(5 * SECOND - NANO).await;
        time.sleep(NANO).await;
        backend.source.gates.open_at(1);
        assert_eq!(a.await.unwrap(), 1);
        assert!(polled(&mut b).await.is_pending());
        time.advance(3 * SECOND).await;
        backend.source.gates.open_all();
        assert_eq!(b.await.unwrap(), 2);
        assert_eq!(
            page.take(),
            [ok(1, Trigger::Call, 1), Told::Started(2, Trigger::Call), ok(2, Trigger::Call, 2),]
        );
    });
}

#[test]
fn p8_what_is_awaited_ends() {
    // The helper that the others rely on tells what hangs.
    testing::run(async |time| {
        let rt = evermemo_tests::ByHand::new(time);
        assert_eq!(ended(&rt, async { 7 }).await, 7);
    });
}
