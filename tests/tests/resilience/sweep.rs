//! What is dead leaves without being asked for.

use super::{
    HOUR, MINUTE, MS, NANO, SECOND, answer, at_once,
    backend::{Backend, Page, Told},
};

use evermemo::{
    Builder, CacheEntry, CacheStorage, Cached, Found, Instant, LocalInMemoryCacheStorage, Runtime,
    Source, testing,
};
use evermemo_tests::{Parking, Probe, Timed, on_every_runtime, polled, rows, until, yielded};
use std::{
    convert::Infallible,
    future::Ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    p4_9_dead_entries_leave_on_every_runtime,
    p4_9_an_insertion_outside_any_runtime_leaves_the_sweep_to_the_next,
}

/// With real timers: the clock by which entries age has to agree with them.
async fn p4_9_dead_entries_leave_on_every_runtime<R: Timed>(rt: R) {
    let memo = Builder::on(rt.plain())
        .expire_after(5 * MS)
        .sweep_every(2 * MS)
        .try_wrap(Backend::up().method());
    for round in 1..=2 {
        for key in 0..10 {
            assert!(memo.call(key).await.is_ok());
        }
        until(&rt, || memo.len() == 0).await;
        assert_eq!(memo.stats().expired, round * 10);
    }
}

async fn p4_9_an_insertion_outside_any_runtime_leaves_the_sweep_to_the_next<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .sweep_every(SECOND)
        .try_wrap(Backend::up().method());
    rt.set_bound(false);
    memo.insert(1, 10).await;
    assert_eq!((memo.len(), rt.spawned()), (1, 0));
    rt.set_bound(true);
    memo.insert(2, 20).await;
    assert_eq!((memo.len(), rt.spawned()), (2, 1));
}

#[test]
fn p4_9_what_is_inserted_is_swept_without_a_load() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(10 * SECOND)
            .try_wrap(Backend::up().method());
        for _ in 0..2 {
            memo.insert(1, 10).await;
            memo.insert(2, 20).await;
            assert_eq!((memo.len(), time.tasks()), (2, 1));
            time.advance(MINUTE + 10 * SECOND).await;
            assert_eq!((memo.len(), time.tasks()), (0, 0));
        }
        assert_eq!(memo.stats().loads, 0);
    });
}

/// A timer of smol's is ready at its first poll if it is as short as that.
#[test]
fn p4_9_a_sweep_gives_way_however_often_it_comes() {
    rows::smol_local(async |rt| {
        for every in [NANO, 3 * NANO, 100 * NANO] {
            let storage = Busy::default();
            let passes = storage.passes.clone();
            let memo = Builder::on(rt.plain())
                .storage(storage)
                .sweep_every(every)
                .try_wrap(Backend::up().method());
            assert_eq!(memo.call(1).await.unwrap(), 1);
            for turn in 1..=10 {
                yielded().await;
                // The executor gives its tasks 200 turns before the test has one.
                let passes = passes.load(SeqCst);
                assert!(passes <= 400 * turn, "{passes} by turn {turn}");
            }
        }
    });
}

/// Memory that has something to sweep, ten thousand times.
#[derive(Clone, Default)]
struct Busy {
    within: Arc<LocalInMemoryCacheStorage<u32, u32>>,
    passes: Arc<AtomicUsize>,
}

impl CacheStorage<u32, u32> for Busy {
    type Error = Infallible;
    type Get = Ready<Found<u32, Infallible>>;
    type Done = Ready<Result<(), Infallible>>;

    fn get(&self, key: &u32, now: Instant) -> Self::Get {
        self.within.get(key, now)
    }

    fn offer(&self, key: &u32, entry: &CacheEntry<u32>, now: Instant) -> Self::Done {
        self.within.offer(key, entry, now)
    }

    fn release(&self, key: &u32) -> Self::Done {
        self.within.release(key)
    }

    fn sweep(&self, _now: Instant) -> Option<usize> {
        let passed = self.passes.fetch_add(1, SeqCst);
        Some(usize::from(passed < 10_000))
    }
}

#[test]
fn p4_9_dead_entries_leave_without_a_call_and_live_ones_stay() {
    testing::run(async |time| {
        let page = Page::default();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(10 * SECOND)
            .observer(page.clone())
            .try_wrap(Backend::up().method());
        for key in 0..6 {
            assert!(memo.call(key).await.is_ok());
            time.advance(10 * SECOND).await;
        }
        // The oldest is a minute old; each period takes one more.
        page.take();
        let mut left = memo.len();
        assert!((5..=6).contains(&left));
        while left > 0 {
            time.advance(10 * SECOND).await;
            assert!(left - memo.len() <= 1, "{} left of {left}", memo.len());
            left = memo.len();
        }
        assert!(time.elapsed() <= 60 * SECOND + 60 * SECOND + 20 * SECOND);
        let stats = memo.stats();
        assert_eq!((stats.expired, stats.evicted, stats.calls()), (6, 0, 6));
        // It is counted, and not told.
        assert_eq!(page.take(), []);
    });
}

#[test]
fn p4_9_what_may_still_stand_in_is_not_dead() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(HOUR)
            .sweep_every(10 * SECOND)
            .try_wrap(backend.method());
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        backend.fail();
        time.advance(MINUTE + HOUR - NANO).await;
        assert_eq!((answer(&memo, 1).await, memo.len()), ((1, Source::Stale), 1));
        time.advance(10 * SECOND).await;
        assert_eq!((memo.len(), memo.stats().expired), (0, 1));
    });
}

#[test]
fn p4_9_the_sweep_ends_when_nothing_is_left_and_begins_anew() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(10 * SECOND)
            .try_wrap(Backend::up().method());
        assert_eq!(time.tasks(), 0);
        for _ in 0..3 {
            for key in 0..5 {
                assert!(memo.call(key).await.is_ok());
            }
            assert_eq!(time.tasks(), 1, "one for the whole cache");
            time.advance(MINUTE + 20 * SECOND).await;
            assert_eq!((memo.len(), time.tasks()), (0, 0));
        }
        assert_eq!(memo.stats().expired, 15);

        // Removed otherwise, they end it as well.
        assert!(memo.call(1).await.is_ok());
        memo.clear().await;
        time.advance(10 * SECOND).await;
        assert_eq!(time.tasks(), 0);
    });
}

#[test]
fn p4_9_the_sweep_ends_with_the_cache() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .expire_after(Duration::MAX)
            .sweep_every(10 * SECOND)
            .try_wrap(Backend::up().method());
        let value = Arc::new(());
        let cache = Builder::on(time.clone()).sweep_every(10 * SECOND).wrap({
            let value = value.clone();
            move |_: u32| {
                let value = value.clone();
                async move { value }
            }
        });
        assert!(memo.call(1).await.is_ok());
        assert!(cache.call(1).await.is_ok());
        time.advance(HOUR / 20).await;
        assert_eq!(time.tasks(), 2, "what never dies keeps it");

        drop((memo, cache));

        // It keeps nothing of the cache until then.
        assert_eq!(Arc::strong_count(&value), 1);
        time.advance(10 * SECOND).await;
        assert_eq!(time.tasks(), 0);
    });
}

#[test]
fn p4_9_a_runtime_that_dies_takes_the_sweep_and_the_next_load_brings_it_back() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(10 * SECOND)
            .try_wrap(Backend::up().method());
        assert!(memo.call(1).await.is_ok());
        assert_eq!(time.drop_tasks(), 1);
        time.advance(5 * MINUTE).await;
        assert_eq!((memo.len(), time.tasks()), (1, 0));

        // A runtime that takes no tasks.
        time.refuse_tasks(true);
        assert!(memo.call(2).await.is_ok());
        assert_eq!(time.tasks(), 0);
        time.refuse_tasks(false);

        assert!(memo.call(3).await.is_ok());
        assert_eq!(time.tasks(), 1);
        time.advance(MINUTE + 20 * SECOND).await;
        assert_eq!((memo.len(), time.tasks(), memo.stats().expired), (0, 0, 3));
    });
}

#[test]
fn p4_9_without_a_period_nothing_is_swept() {
    testing::run(async |time| {
        let off = Builder::on(time.clone()).expire_after(MINUTE).try_wrap(Backend::up().method());
        let zero = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(Duration::ZERO)
            .try_wrap(Backend::up().method());
        for memo in [off, zero] {
            assert!(memo.call(1).await.is_ok());
            time.advance(HOUR).await;
            assert_eq!((memo.len(), time.tasks(), memo.stats().expired), (1, 0, 0));
        }
    });
}

#[test]
fn p4_9_a_period_without_end_sweeps_nothing_and_holds_nobody_up() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .sweep_every(Duration::MAX)
            .try_wrap(Backend::up().method());
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        time.advance(MINUTE).await;
        assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
        assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    });
}

#[test]
fn p4_9_a_storage_that_cannot_sweep_is_left_alone() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .storage(Probe::<u32, u32>::new())
            .expire_after(MINUTE)
            .sweep_every(10 * SECOND)
            .try_wrap(Backend::up().method());
        for calls in 1..=3 {
            assert_eq!(memo.call(1).await.unwrap(), calls);
            time.advance(2 * MINUTE).await;
            assert_eq!((memo.len(), time.tasks()), (1, 0));
        }
    });
}

#[test]
fn p4_9_a_refresh_and_own_times_are_swept_like_the_rest() {
    testing::run(async |time| {
        let memo = Builder::on(time.clone())
            .update_after(5 * SECOND)
            .expire_after(HOUR)
            .sweep_every(10 * SECOND)
            .wrap_loader(|key: u32, previous| async move {
                let life = if previous.is_some() { 3 * MINUTE } else { MINUTE };
                Ok::<_, Infallible>(Cached::new(key).expire_after(life))
            });
        assert_eq!(memo.call(1).await.unwrap(), 1);
        time.advance(30 * SECOND).await;
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
        time.settle().await;

        // The life of the first would be over.
        time.advance(MINUTE).await;
        assert_eq!(memo.len(), 1);
        time.sleep(2 * MINUTE + 10 * SECOND).await;
        assert_eq!((memo.len(), memo.stats().expired), (0, 1));
    });
}

/// A load that waits for its entry while that is swept away is answered like any other.
#[test]
fn p4_9_what_a_caller_has_seen_stands_in_though_it_is_swept() {
    testing::run(async |time| {
        let (backend, page) = (Backend::shut_after_first(), Page::default());
        let memo = Builder::on(time.clone())
            .expire_after(MINUTE)
            .stale_if_error(20 * SECOND)
            .method_timeout(HOUR)
            .sweep_every(SECOND)
            .observer(page.clone())
            .try_wrap(backend.method());
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        time.advance(MINUTE + 19 * SECOND).await;
        let mut caller = Box::pin(memo.call(1));
        assert!(polled(&mut caller).await.is_pending());
        time.advance(5 * SECOND).await;
        assert_eq!(memo.len(), 0);
        backend.fail();
        backend.source.gates.open_all();

        // Past the cap nothing stands in.
        assert_eq!(caller.await.expect_err("it is too old").cause(), Some(&"down"));
        assert!(!page.take().contains(&Told::Stale(1, 1)));
    });
}

#[test]
fn p4_9_a_sweep_gives_way_to_its_executor_after_each_portion() {
    testing::run(async |time| {
        let runtime = Parking::new(&time);
        let memo = Builder::on(runtime.clone())
            .capacity(10_000)
            .expire_after(MINUTE)
            .sweep_every(SECOND)
            .wrap(async |key: u32| key);
        for key in 0..5_000 {
            memo.insert(key, key).await;
        }
        let mut task = runtime.take_tasks().pop().expect("the first one begins it");
        assert!(polled(&mut task).await.is_pending());
        time.advance(MINUTE).await;

        let (mut len, mut polls) = (memo.len(), 0);
        while len > 0 {
            assert!(polled(&mut task).await.is_pending() || memo.len() == 0);
            let left = memo.len();
            assert!(len - left <= 1_024, "{len} {left}");
            (len, polls) = (left, polls + 1);
            assert!(polls < 10_000);
        }
        assert!(polls >= 5, "{polls}");
        assert_eq!(memo.stats().expired, 5_000);
    });
}
