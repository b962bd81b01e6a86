//! What the simulation has found, each with nothing left to chance.
#![expect(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a test has std")]

use std::{
    collections::BTreeSet,
    convert::Infallible,
    future::{Future, pending},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo_core::{
    Abandon, BoxFuture, Builder, CacheEntry, CacheStorage, EvictionStrategy, Found, Instant,
    LocalInMemoryCacheStorage, Runtime, Source,
    testing::{Virtual, run},
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Memory that takes its time over each operation; what it does, it does at the beginning.
#[derive(Clone)]
struct Slow {
    within: Arc<LocalInMemoryCacheStorage<u32, u32>>,
    time: Virtual,
    reads: Duration,
    writes: Duration,
    removals: Duration,
}

impl Slow {
    fn new(time: &Virtual, reads: Duration, removals: Duration) -> Self {
        let within = Arc::new(LocalInMemoryCacheStorage::unbounded());
        Self { within, time: time.clone(), reads, writes: MS, removals }
    }

    fn after<O: Send + 'static>(&self, duration: Duration, output: O) -> BoxFuture<'static, O> {
        let time = self.time.clone();
        Box::pin(async move {
            time.sleep(duration).await;
            output
        })
    }
}

impl CacheStorage<u32, u32> for Slow {
    type Error = Infallible;
    type Get = BoxFuture<'static, Found<u32, Infallible>>;
    type Done = BoxFuture<'static, Result<(), Infallible>>;

    fn get(&self, key: &u32, now: Instant) -> Self::Get {
        let found = self.within.get_now(&key, now).expect("memory does not wait");
        self.after(self.reads, found)
    }

    fn offer(&self, key: &u32, entry: &CacheEntry<u32>, now: Instant) -> Self::Done {
        let _offered = self.within.offer(key, entry, now);
        self.after(self.writes, Ok(()))
    }

    fn release(&self, key: &u32) -> Self::Done {
        let _released = self.within.release(key);
        self.after(self.removals, Ok(()))
    }

    fn clear(&self) -> Option<Self::Done> {
        let _cleared = CacheStorage::clear(&*self.within);
        Some(self.after(self.removals, Ok(())))
    }
}

/// The keys that a strategy knows; it names one as long as there are too many.
#[derive(Clone, Default)]
struct Known {
    keys: Arc<Mutex<BTreeSet<u32>>>,
    capacity: usize,
}

impl Known {
    fn at_most(capacity: usize) -> Self {
        Self { keys: Arc::default(), capacity }
    }

    fn has(&self, key: u32) -> bool {
        self.keys.lock().unwrap().contains(&key)
    }
}

impl EvictionStrategy<u32, u32> for Known {
    fn mark_read(&self, _key: &u32) {}

    fn mark_written(&self, key: &u32, _entry: &CacheEntry<u32>) {
        self.keys.lock().unwrap().insert(*key);
    }

    fn mark_released(&self, key: &u32) {
        self.keys.lock().unwrap().remove(key);
    }

    fn next_to_release(&self) -> Option<u32> {
        let keys = self.keys.lock().unwrap();
        if keys.len() > self.capacity { keys.first().copied() } else { None }
    }
}

fn start(time: &Virtual, task: impl Future<Output: Send> + Send + 'static) {
    time.spawn(Box::pin(async move { drop(task.await) }));
}

#[test]
fn p3_5_a_line_stays_whole_when_its_middle_ends_first() {
    run(async |time: Virtual| {
        let (runs, clock) = (Arc::new(AtomicU32::new(0)), time.clone());
        let storage = Slow { writes: 10 * SECOND, ..Slow::new(&time, Duration::ZERO, MS) };
        let memo = Builder::on(time.clone()).storage(storage).storage_timeout(20 * SECOND).wrap(
            move |_: u32| {
                let (run, clock) = (runs.fetch_add(1, SeqCst) + 1, clock.clone());
                async move {
                    clock.sleep(if run > 2 { 5 * SECOND } else { Duration::ZERO }).await;
                    run
                }
            },
        );
        // The first one is being written, and the second one waits for that, as the third will.
        assert_eq!(memo.call(7).await.unwrap(), 1);
        assert_eq!(memo.force_refresh(7).await.unwrap(), 2);
        let third = memo.clone();
        start(&time, async move { third.force_refresh(7).await });
        time.advance(2 * SECOND).await;
        let answer = memo.outcome(7).await.unwrap();
        assert_eq!((answer.value, answer.source, memo.cache().in_flight()), (2, Source::Hit, 1));

        // It takes the second one's turn, which ends that, and is followed by the fourth.
        time.advance(4 * SECOND).await;
        let answer = memo.outcome(7).await.unwrap();
        assert_eq!((answer.value, answer.source, memo.cache().in_flight()), (3, Source::Hit, 1));
        let fourth = memo.clone();
        start(&time, async move { fourth.force_refresh(7).await });
        time.advance(5 * SECOND).await;
        let answer = memo.outcome(7).await.unwrap();
        assert_eq!((answer.value, answer.source, memo.cache().in_flight()), (4, Source::Hit, 1));

        time.advance(20 * SECOND).await;
        let answer = memo.outcome(7).await.unwrap();
        assert_eq!((answer.value, answer.source, memo.cache().in_flight()), (4, Source::Hit, 0));
    });
}

#[test]
fn p5_2_a_removal_without_its_turn_leaves_the_strategy_what_was_written_meanwhile() {
    run(async |time: Virtual| {
        let strategy = Known::at_most(10);
        let memo = Builder::on(time.clone())
            .storage(Slow::new(&time, Duration::ZERO, 10 * SECOND))
            .storage_timeout(SECOND)
            .eviction_strategy(strategy.clone())
            .wrap(|n: u32| async move { n });
        for _ in 0..2 {
            let memo = memo.clone();
            start(&time, async move { memo.try_invalidate(&7).await });
            time.advance(100 * MS).await;
        }
        // The first one has ended; the second one waited a second for it, and is not over yet.
        time.advance(10 * SECOND).await;
        assert_eq!(memo.call(7).await.unwrap(), 7);
        time.advance(100 * MS).await;
        assert!(strategy.has(7));

        time.advance(10 * SECOND).await;

        assert!(strategy.has(7));
    });
}

#[test]
fn p5_1_a_victim_leaves_when_its_own_load_is_aborted() {
    run(async |time: Virtual| {
        let hangs = Arc::new(AtomicU32::new(0));
        let told = hangs.clone();
        let memo = Builder::on(time.clone())
            .storage(LocalInMemoryCacheStorage::unbounded())
            .eviction_strategy(Known::at_most(1))
            .expire_after(SECOND)
            .on_abandon(Abandon::Abort)
            .wrap(move |key: u32| {
                let hangs = told.load(SeqCst) == 1;
                async move {
                    if hangs {
                        pending::<()>().await;
                    }
                    key
                }
            });
        memo.call(0).await.unwrap();
        time.advance(SECOND).await;
        hangs.store(1, SeqCst);
        let mut again = Box::pin(memo.call(0));
        assert!(polled(&mut again).await.is_none());
        hangs.store(0, SeqCst);
        // What has to leave is being loaded.
        memo.call(2).await.unwrap();
        assert_eq!(memo.len(), 2);

        drop(again);

        assert_eq!((memo.len(), memo.cache().in_flight()), (1, 0));
    });
}

#[test]
fn p8_a_leader_whose_load_is_dropped_before_it_has_looked_again_is_counted() {
    run(async |time: Virtual| {
        let memo = Builder::on(time.clone())
            .storage(Slow::new(&time, 20 * MS, MS))
            .wrap(|n: u32| async move { n });
        let mut leader = Box::pin(memo.call(7));
        assert!(polled(&mut leader).await.is_none());
        time.advance(10 * MS).await;
        // A flight that ends meanwhile makes it look again, which its load does.
        memo.try_insert(8, 8).await.unwrap();
        time.advance(15 * MS).await;
        assert!(polled(&mut leader).await.is_none());
        // A joiner makes the runtime drive the load, which it drops.
        time.refuse_tasks(true);
        assert_eq!(memo.call(7).await.unwrap(), 7);
        assert!(leader.await.is_err());
        let stats = memo.stats();
        assert_eq!((stats.calls(), stats.loads, stats.joins), (2, 1, 1));
    });
}

async fn polled<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    use std::{future::poll_fn, pin::Pin, task::Poll};
    poll_fn(|cx| match Pin::new(&mut *future).poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
