//! Flights under a scheduler that explores interleavings of real threads:
//! `RUSTFLAGS="--cfg shuttle" cargo test -p evermemo-core --features shuttle --test interleavings`.
#![cfg(shuttle)]
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a test has std")]

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Future, Pending, pending, poll_fn},
    pin::pin,
    sync::{Arc, OnceLock, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use evermemo_core::{
    Abandon, BoxFuture, Builder, Instant, LocalInMemoryCacheStorage, Memo, MultiThreaded, Policy,
    Runtime,
};
use shuttle::{
    Config, Runner, check_pct, check_random,
    future::{block_on, spawn, yield_now},
    scheduler::RandomScheduler,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
};

/// How many interleavings each test looks at.
const RUNS: usize = 10_000;

/// Looks at interleavings in which any thread goes on at any step, and at others in which threads
/// are hardly ever interrupted (PCT: Burckhardt et al., ASPLOS 2010): a race between two long
/// stretches is seldom among the first.
fn explored(test: impl Fn() + Send + Sync + Clone + 'static) {
    check_random(test.clone(), RUNS);
    check_pct(test, RUNS, 3);
}

/// Tasks of the scheduler, and a clock that stands still.
#[derive(Clone, Copy, Debug)]
struct Explored;

impl Runtime for Explored {
    type Threading = MultiThreaded;
    type Sleep = Pending<()>;

    fn now(&self) -> Instant {
        Instant::from_nanos(1_000_000_000)
    }

    fn sleep(&self, _duration: Duration) -> Self::Sleep {
        pending()
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(spawn(task));
    }
}

type Numbers = Memo<u32, usize, Infallible, Explored>;

/// Brings the number of its run, after a few yields.
fn numbers(abandon: Abandon, capacity: usize) -> (Numbers, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let memo = Builder::on(Explored).on_abandon(abandon).capacity(capacity).wrap(move |_| {
        let run = counted.fetch_add(1, SeqCst) + 1;
        async move {
            yield_now().await;
            run
        }
    });
    (memo, runs)
}

/// Brings the number of its run, at its first poll.
fn ready_numbers(capacity: usize) -> (Numbers, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let memo = Builder::on(Explored).capacity(capacity).wrap(move |_| {
        let run = counted.fetch_add(1, SeqCst) + 1;
        async move { run }
    });
    (memo, runs)
}

/// Polls a call so often, and drops it then.
fn given_up(memo: &Numbers, polls: usize) {
    let memo = memo.clone();
    given_up_of(async move { memo.call(7).await }, polls);
}

fn given_up_of(call: impl Future<Output: Send> + Send + 'static, polls: usize) {
    block_on(async move {
        let mut call = pin!(call);
        for _ in 0..polls {
            let polled = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx))).await;
            if polled.is_ready() {
                return;
            }
            yield_now().await;
        }
    });
}

fn settled(memo: &Numbers) {
    while memo.cache().in_flight() > 0 {
        thread::yield_now();
    }
}

#[test]
fn callers_on_three_threads_share_one_load() {
    explored(|| {
        let (memo, runs) = numbers(Abandon::Finish, 10);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let memo = memo.clone();
                thread::spawn(move || block_on(memo.call(7)).unwrap())
            })
            .collect();
        assert!(callers.into_iter().all(|caller| caller.join().unwrap() == 1));
        settled(&memo);
        assert_eq!(runs.load(SeqCst), 1);
        assert_eq!(memo.stats().calls(), 3);
    });
}

#[test]
fn a_load_survives_callers_who_give_up() {
    explored(|| {
        let (memo, runs) = numbers(Abandon::Finish, 10);
        let leavers: Vec<_> = [1, 2]
            .map(|polls| {
                let memo = memo.clone();
                thread::spawn(move || given_up(&memo, polls))
            })
            .into_iter()
            .collect();
        let stays = block_on(memo.call(7)).unwrap();
        leavers.into_iter().for_each(|leaver| leaver.join().unwrap());
        settled(&memo);
        assert_eq!((stays, runs.load(SeqCst)), (1, 1));
    });
}

#[test]
fn an_abandoned_load_ends_with_its_last_caller_and_serves_who_comes_before() {
    explored(|| {
        let (memo, runs) = numbers(Abandon::Abort, 10);
        let leaver = {
            let memo = memo.clone();
            thread::spawn(move || given_up(&memo, 1))
        };
        let value = block_on(memo.call(7)).unwrap();
        leaver.join().unwrap();
        settled(&memo);
        // Joined the first load, or came after it had been dropped.
        assert_eq!(value, runs.load(SeqCst));
        assert!(value <= 2);
    });
}

#[test]
fn what_is_invalidated_is_never_served_again() {
    explored(|| invalidated(numbers(Abandon::Finish, 10)));
}

#[test]
fn what_is_invalidated_is_never_served_again_though_loads_are_ready_at_once() {
    explored(|| invalidated(ready_numbers(10)));
}

fn invalidated((memo, runs): (Numbers, Arc<AtomicUsize>)) {
    let caller = {
        let memo = memo.clone();
        thread::spawn(move || block_on(memo.call(7)).unwrap())
    };
    let before = runs.load(SeqCst);
    block_on(memo.invalidate(&7));
    let value = block_on(memo.call(7)).unwrap();
    // A run that had begun before the invalidation did may not answer after it.
    assert!(value > before);
    caller.join().unwrap();
    settled(&memo);
    assert!(block_on(memo.call(7)).unwrap() >= value);
}

#[test]
fn what_is_inserted_outlives_a_load_in_progress() {
    explored(|| inserted(numbers(Abandon::Finish, 10).0));
}

#[test]
fn what_is_inserted_outlives_a_load_that_is_ready_at_once() {
    explored(|| inserted(ready_numbers(10).0));
}

fn inserted(memo: Numbers) {
    let caller = {
        let memo = memo.clone();
        thread::spawn(move || block_on(memo.call(7)).unwrap())
    };
    block_on(memo.insert(7, 1_000));
    assert_eq!(block_on(memo.call(7)).unwrap(), 1_000);
    caller.join().unwrap();
    settled(&memo);
    assert_eq!(block_on(memo.call(7)).unwrap(), 1_000);
}

#[test]
fn callers_who_come_during_a_first_poll_share_it_or_find_its_value() {
    explored(|| {
        let (memo, runs) = ready_numbers(10);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let memo = memo.clone();
                thread::spawn(move || block_on(memo.call(7)).unwrap())
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), 1);
        }
        settled(&memo);
        assert_eq!((runs.load(SeqCst), memo.in_flight()), (1, 0));
        let stats = memo.stats();
        assert_eq!((stats.loads, stats.hits + stats.joins), (1, 2));
    });
}

#[test]
fn forced_calls_bring_what_began_after_them() {
    explored(|| {
        let (memo, runs) = numbers(Abandon::Finish, 10);
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let (memo, runs) = (memo.clone(), runs.clone());
                thread::spawn(move || {
                    let before = runs.load(SeqCst);
                    assert!(block_on(memo.force_refresh(7)).unwrap() > before);
                })
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        settled(&memo);
        // Each brings its own at worst; what is stored is the last one's.
        let last = runs.load(SeqCst);
        assert!(last <= 3);
        assert_eq!(block_on(memo.call(7)).unwrap(), last);
    });
}

#[test]
fn queued_forced_calls_outlive_those_who_give_up_and_an_invalidation() {
    explored(|| {
        let (memo, _) = numbers(Abandon::Finish, 10);
        let others: Vec<_> = [1, 2]
            .into_iter()
            .map(|polls| {
                let memo = memo.clone();
                thread::spawn(move || {
                    given_up_of(async move { memo.force_refresh(7).await }, polls);
                })
            })
            .collect();
        let invalidating = {
            let memo = memo.clone();
            thread::spawn(move || block_on(memo.invalidate(&7)))
        };
        block_on(memo.force_refresh(7)).unwrap();
        others.into_iter().for_each(|other| other.join().unwrap());
        invalidating.join().unwrap();
        settled(&memo);
        assert!(block_on(memo.call(7)).unwrap() <= 4);
    });
}

#[test]
fn the_capacity_holds_whatever_threads_write() {
    // Who waits for room spins, which an unfair scheduler never ends.
    check_random(
        || {
            let storage = LocalInMemoryCacheStorage::<u32, u32>::new(2)
                .with_policy(Policy::Lru)
                .with_shards(2.try_into().unwrap());
            let storage = Arc::new(storage);
            let writers: Vec<_> = (0..3)
                .map(|writer| {
                    let storage = storage.clone();
                    thread::spawn(move || write(&storage, writer))
                })
                .collect();
            assert!(storage.len() <= 2);
            writers.into_iter().for_each(|writer| writer.join().unwrap());
            assert!(storage.len() <= 2);
        },
        RUNS,
    );
}

/// A clock that moves while a task waits for it.
#[derive(Clone, Debug, Default)]
struct Ticking(Arc<AtomicUsize>);

const TICK: Duration = Duration::from_secs(1);

impl Runtime for Ticking {
    type Threading = MultiThreaded;
    type Sleep = BoxFuture<'static, ()>;

    fn now(&self) -> Instant {
        Instant::ZERO + TICK * u32::try_from(self.0.load(SeqCst)).unwrap()
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        let (time, end) = (self.clone(), self.now() + duration);
        Box::pin(async move {
            while time.now() < end {
                time.0.fetch_add(1, SeqCst);
                yield_now().await;
            }
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(spawn(task));
    }
}

#[test]
fn a_deadline_that_several_watch_passes_once() {
    explored(|| {
        let time = Ticking::default();
        let memo = Builder::on(time).method_timeout(3 * TICK).wrap(|_: u32| async {
            yield_now().await;
            yield_now().await;
            7
        });
        let callers: Vec<_> = (0..3)
            .map(|_| {
                let memo = memo.clone();
                thread::spawn(move || block_on(memo.call(7)))
            })
            .collect();
        let answers: Vec<_> = callers.into_iter().map(|it| it.join().unwrap()).collect();
        while memo.cache().in_flight() > 0 {
            thread::yield_now();
        }
        let stats = memo.stats();
        assert_eq!(stats.calls(), 3);
        // Who comes after a deadline has passed leads a load of its own.
        assert!(stats.timeouts <= stats.loads);
        let timed_out = answers.iter().filter(|answer| answer.is_err()).count();
        assert_eq!(timed_out == 0, stats.timeouts == 0, "{stats:?}");
        for answer in answers {
            assert!(answer.map_or_else(|error| error.is_timeout(), |value| value == 7));
        }
    });
}

#[test]
fn an_error_that_is_kept_does_not_outlive_an_invalidation() {
    explored(|| {
        let runs = Arc::new(AtomicUsize::new(0));
        let counted = runs.clone();
        let memo = Builder::on(Explored).cache_errors_for(Duration::from_secs(60)).try_wrap(
            move |_: u32| {
                let run = counted.fetch_add(1, SeqCst) + 1;
                async move {
                    yield_now().await;
                    Err::<u32, usize>(run)
                }
            },
        );
        let caller = {
            let memo = memo.clone();
            thread::spawn(move || {
                block_on(memo.call(7)).unwrap_err();
                block_on(memo.call(7)).unwrap_err();
            })
        };
        let before = runs.load(SeqCst);
        block_on(memo.invalidate(&7));
        let error = block_on(memo.call(7)).unwrap_err();
        assert!(*error.cause().unwrap() > before);
        caller.join().unwrap();
        while memo.cache().in_flight() > 0 {
            thread::yield_now();
        }
        let stats = memo.stats();
        assert_eq!((stats.calls(), stats.rejected), (3, stats.cached_errors));
        assert_eq!((stats.loads, stats.load_failures), (runs.load(SeqCst), stats.loads));
    });
}

#[test]
fn what_is_invalidated_never_stands_in() {
    explored(|| {
        let time = Ticking::default();
        let memo = Builder::on(time.clone())
            .expire_after(TICK)
            .stale_if_error(Duration::MAX)
            .try_wrap(|n: u32| async move {
                yield_now().await;
                Err::<u32, u32>(n)
            });
        block_on(memo.insert(7, 1));
        time.0.fetch_add(2, SeqCst);
        let caller = {
            let memo = memo.clone();
            thread::spawn(move || drop(block_on(memo.call(7))))
        };
        block_on(memo.invalidate(&7));
        assert!(block_on(memo.call(7)).is_err());
        caller.join().unwrap();
        assert!(block_on(memo.call(7)).is_err());
        while memo.cache().in_flight() > 0 {
            thread::yield_now();
        }
        assert_eq!(memo.stats().calls(), 3);
    });
}

/// Load 1 calls 2, for which another caller may have queued, who gives up; 3 has nothing to do with
/// them. Nothing would end a wait of one for the other, as the clock stands still.
#[test]
fn a_permit_is_lent_while_what_it_is_lent_to_ends() {
    for abandon in [Abandon::Abort, Abandon::Finish] {
        explored(move || {
            let own = Arc::new(std::sync::Mutex::new(None::<Numbers>));
            let calls = own.clone();
            let memo =
                Builder::on(Explored).on_abandon(abandon).max_loads(1).wrap(move |n: u32| {
                    let calls = calls.clone();
                    async move {
                        if n == 1 {
                            let own = calls.lock().unwrap().clone().expect("it is there");
                            assert_eq!(own.call(2).await.unwrap(), 2);
                        }
                        yield_now().await;
                        n as usize
                    }
                });
            *own.lock().unwrap() = Some(memo.clone());
            let (caller, leaver) = (memo.clone(), memo.clone());
            let caller = thread::spawn(move || block_on(caller.call(1)).unwrap());
            let leaver = thread::spawn(move || given_up_of(async move { leaver.call(2).await }, 2));
            assert_eq!(block_on(memo.call(3)).unwrap(), 3);
            assert_eq!(caller.join().unwrap(), 1);
            leaver.join().unwrap();
            settled(&memo);
            let stays = own.lock().unwrap().take();
            drop(stays);
        });
    }
}

/// A value that changes the cache that it has been in, as it is dropped.
#[derive(Clone, Debug)]
struct Changing(Weak<OnceLock<Memo<u32, Self, Infallible, Explored>>>);

impl Drop for Changing {
    fn drop(&mut self) {
        let owner = self.0.upgrade();
        if let Some(memo) = owner.as_ref().and_then(|memo| memo.get()) {
            let polled = pin!(memo.invalidate(&9)).poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_ready());
        }
    }
}

#[test]
fn what_leaves_is_dropped_where_it_may_change_the_cache() {
    explored(|| {
        let owner = Arc::new(OnceLock::new());
        let owned = Arc::downgrade(&owner);
        let memo = Builder::on(Explored).capacity(1).wrap(move |_| {
            let value = Changing(owned.clone());
            async move { value }
        });
        assert!(owner.set(memo.clone()).is_ok());
        let callers: Vec<_> = (0..2)
            .map(|caller| {
                let memo = memo.clone();
                thread::spawn(move || {
                    (0..2).for_each(|n| drop(block_on(memo.call(2 * n + caller))))
                })
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        assert_eq!((memo.len(), memo.cache().in_flight()), (1, 0));
    });
}

shuttle::thread_local! {
    /// How many loads this thread polls, one inside another.
    static POLLED: Cell<usize> = const { Cell::new(0) };
}

/// A load that calls itself 100 levels deep is polled at most 64 levels deep on one stack.
#[test]
fn loads_that_nest_deep_are_left_to_tasks() {
    let mut config = Config::new();
    config.stack_size = 8 << 20;
    Runner::new(RandomScheduler::new(100), config).run(|| {
        let own = Arc::new(OnceLock::<Numbers>::new());
        let (calls, deepest) = (own.clone(), Arc::new(AtomicUsize::new(0)));
        let most = deepest.clone();
        let memo = Builder::on(Explored).wrap(move |n: u32| {
            let (calls, most) = (calls.clone(), most.clone());
            let mut load = Box::pin(async move {
                match n {
                    0 => 0,
                    _ => calls.get().expect("it is there").call(n - 1).await.unwrap() + 1,
                }
            }) as BoxFuture<'static, usize>;
            poll_fn(move |cx| {
                let depth = POLLED.with(|polled| polled.replace(polled.get() + 1)) + 1;
                most.fetch_max(depth, SeqCst);
                let polled = load.as_mut().poll(cx);
                POLLED.with(|polled| polled.set(polled.get() - 1));
                polled
            })
        });
        assert!(own.set(memo.clone()).is_ok());
        assert_eq!(block_on(memo.call(100)).unwrap(), 100);
        settled(&memo);
        assert!(deepest.load(SeqCst) <= 65, "{deepest:?} levels");
    });
}

/// What the models are worth: each fails if what it is for is done wrong.
#[cfg(evermemo_planted)]
mod planted {
    use std::panic::catch_unwind;

    use evermemo_core::{Fault, plant};

    #[test]
    fn the_models_of_threads_find_what_is_planted() {
        let missed: Vec<_> = Fault::OF_THREADS.iter().filter(|&&fault| !is_found(fault)).collect();
        assert!(missed.is_empty(), "no model finds {missed:?}");
    }

    fn is_found(fault: Fault) -> bool {
        let model: fn() = match fault {
            Fault::ClaimedLate => {
                super::callers_who_come_during_a_first_poll_share_it_or_find_its_value
            }
            Fault::DroppedInside => super::what_leaves_is_dropped_where_it_may_change_the_cache,
            Fault::LandsTwice => super::a_deadline_that_several_watch_passes_once,
            Fault::DepthIgnored => super::loads_that_nest_deep_are_left_to_tasks,
            _ => return false,
        };
        plant(Some(fault));
        let found = catch_unwind(model).is_err();
        plant(None);
        println!("{fault:?}: {}", if found { "found" } else { "missed" });
        found
    }
}

fn write(storage: &LocalInMemoryCacheStorage<u32, u32>, writer: u32) {
    use evermemo_core::{CacheEntry, CacheStorage};
    for n in 0..3 {
        let entry = CacheEntry::new(n, Instant::ZERO);
        block_on(storage.offer(&(writer * 10 + n), &entry, Instant::ZERO)).unwrap();
        assert!(storage.len() <= 2);
    }
    block_on(CacheStorage::<u32, u32>::release(storage, &(writer * 10 + 2))).unwrap();
}
