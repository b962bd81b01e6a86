//! The end of a cache's work: what a drain waits for, and what a closed cache still does.

use super::{HOUR, MS, Numbers, SECOND};

use evermemo::{
    Builder, ErrorKind, MultiThreaded, Runtime, Source,
    caches::{CacheList, ListedCache},
    testing,
};
use evermemo_tests::{
    Gate, Mode, Numbered, Operation, Probe, Runs, Timed, ended, on_every_runtime, polled, until,
    yielded,
};
use std::{
    convert::Infallible,
    future::pending,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    task::Poll,
    thread,
    time::Duration,
};

on_every_runtime! {
    p9_1_a_drain_ends_with_what_was_in_progress,
    p9_2_a_closed_cache_answers_and_begins_nothing,
    p9_2_what_has_not_begun_ends_closed,
}

async fn p9_1_a_drain_ends_with_what_was_in_progress<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let memo = Builder::on(rt.clone()).wrap(source.method::<u32>());
    let mut abandoned = Box::pin(memo.call(1));
    assert!(polled(&mut abandoned).await.is_pending());
    let mut superseded = Box::pin(memo.call(2));
    source.gates.shut_at(2);
    assert!(polled(&mut superseded).await.is_pending());
    memo.invalidate(&2).await;

    let mut drain = memo.drain();
    // Nobody polls the leader any more, and others come.
    drop(abandoned);
    source.gates.shut_at(3);
    let mut later = Box::pin(memo.call(3));
    assert!(polled(&mut later).await.is_pending());

    for opened in [1, 2] {
        for _ in 0..3 {
            assert!(polled(&mut drain).await.is_pending());
            yielded().await;
        }
        source.gates.open_at(opened);
    }
    ended(&rt, drain).await;

    assert_eq!((source.count(), memo.in_flight(), memo.len()), (3, 1, 1));
    assert!(polled(&mut later).await.is_pending());
    source.gates.open_all();
    assert_eq!((later.await.unwrap(), superseded.await.unwrap()), (3, 2));
    ended(&rt, memo.drain()).await;
}

async fn p9_2_a_closed_cache_answers_and_begins_nothing<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt.clone())
        .update_after(SECOND)
        .expire_after(HOUR)
        .wrap(source.method::<u32>());
    for key in 1..=3 {
        memo.call(key).await.unwrap();
    }
    rt.advance(2 * SECOND);
    source.gates.shut_at(4);
    memo.call(1).await.unwrap(); // its refresh is under way
    until(&rt, || source.count() == 4).await;

    let mut drain = memo.close();
    let joiner = memo.clone();
    assert_eq!((memo.call(1).await.unwrap(), memo.call(2).await.unwrap()), (1, 2));
    assert_eq!(memo.outcome(3).await.unwrap().source, Source::Stale);
    let refused = memo.call(4).await.unwrap_err();
    assert_eq!((refused.kind(), refused.is_joined()), (ErrorKind::Closed, false));
    assert_eq!(refused.to_string(), "the cache is closed");
    assert_eq!(joiner.force_refresh(2).await.unwrap_err().kind(), ErrorKind::Closed);
    assert!(polled(&mut drain).await.is_pending());
    source.gates.open_all();
    ended(&rt, drain).await;

    assert_eq!(memo.outcome(1).await.unwrap().value, 4);
    memo.insert(4, 40).await;
    memo.invalidate(&2).await;
    assert_eq!(memo.call(4).await.unwrap(), 40);
    assert_eq!(memo.call(2).await.unwrap_err().kind(), ErrorKind::Closed);
    ended(&rt, memo.close()).await;
    let stats = memo.stats();
    assert_eq!((source.count(), stats.loads, stats.refreshes, stats.rejected), (4, 3, 1, 3));
    assert_eq!(stats.calls(), 3 + 1 + 3 + 1 + 1 + 1 + 1 + 1);
}

async fn p9_2_what_has_not_begun_ends_closed<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let memo = Builder::on(rt.clone()).max_loads(1).wrap(source.method::<u32>());
    let mut running = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut running).await.is_pending());
    until(&rt, || source.count() == 1).await;
    // Behind the load of its key; waiting for the permit; and another caller of that.
    let (mut behind, mut queued) = (Box::pin(memo.force_refresh(1)), Box::pin(memo.call(2)));
    assert!(polled(&mut behind).await.is_pending() && polled(&mut queued).await.is_pending());
    let mut joined = Box::pin(memo.call(2));
    assert!(polled(&mut joined).await.is_pending());

    let mut drain = memo.close();

    for refused in [ended(&rt, behind).await, ended(&rt, queued).await] {
        let error = refused.unwrap_err();
        assert_eq!((error.kind(), error.is_joined()), (ErrorKind::Closed, false));
    }
    let error = ended(&rt, joined).await.unwrap_err();
    assert_eq!((error.kind(), error.is_joined()), (ErrorKind::Closed, true));
    assert!(polled(&mut drain).await.is_pending());
    source.gates.open_all();
    ended(&rt, drain).await;
    assert_eq!((running.await.unwrap(), source.count(), memo.in_flight()), (1, 1, 0));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.rejected), (1, 1, 2));
}

#[test]
fn p9_1_a_drain_ends_at_the_time_of_what_it_waits_for() {
    testing::run(async |time| {
        let clock = time.clone();
        let memo: Numbers<_> = Builder::on(time.clone()).update_after(SECOND).try_wrap(move |n| {
            let clock = clock.clone();
            async move {
                clock.sleep(SECOND).await;
                Ok(n)
            }
        });
        memo.call(1).await.unwrap();
        time.advance(SECOND).await;
        memo.call(1).await.unwrap();
        time.settle().await; // the refresh has begun
        let closed = time.elapsed();
        memo.close().await;
        assert_eq!(time.elapsed() - closed, SECOND);
        assert_eq!(memo.outcome(1).await.unwrap().age, Duration::ZERO);

        // Without end there would be traffic.
        let memo: Numbers<_> = {
            let clock = time.clone();
            Builder::on(time.clone()).capacity(0).try_wrap(move |n| {
                let clock = clock.clone();
                async move {
                    clock.sleep(3 * MS).await;
                    Ok(n)
                }
            })
        };
        let traffic = |shift: Duration| {
            let (memo, clock) = (memo.clone(), time.clone());
            Box::pin(async move {
                clock.sleep(shift).await;
                loop {
                    memo.force_refresh(1).await.unwrap();
                }
            })
        };
        time.spawn(traffic(Duration::ZERO));
        time.spawn(traffic(MS));
        time.advance(50 * MS).await;
        let drained = time.elapsed();
        memo.drain().await;
        assert!(time.elapsed() - drained <= 3 * MS);
    });
}

#[test]
fn p9_1_a_drain_waits_for_writes_and_removals() {
    testing::run(async |time| {
        let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
        let memo = Builder::on(time.clone())
            .storage(probe.clone())
            .storage_timeout(HOUR)
            .wrap(source.method::<u32>());
        for operation in [Operation::Offer, Operation::Release] {
            let gate = Gate::shut();
            probe.next(operation, Mode::Wait(gate.clone()));
            match operation {
                Operation::Offer => drop(memo.call(1).await),
                _ => assert!(polled(&mut Box::pin(memo.invalidate(&1))).await.is_pending()),
            }
            let mut drain = memo.drain();
            for _ in 0..3 {
                assert!(polled(&mut drain).await.is_pending());
                time.settle().await;
            }
            gate.open();
            time.settle().await;
            assert_eq!(polled(&mut drain).await, Poll::Ready(()));
        }
    });
}

#[test]
fn p9_1_a_drain_waits_for_a_load_in_its_first_poll_elsewhere() {
    let (begun, begins) = mpsc::channel();
    let (opened, opens) = mpsc::channel::<()>();
    let opens = Mutex::new(opens);
    let memo = Builder::on(evermemo::Smol).wrap(move |n: u32| {
        begun.send(()).unwrap();
        opens.lock().unwrap().recv().unwrap();
        async move { n }
    });
    thread::scope(|scope| {
        let calling = scope.spawn(|| smol::block_on(memo.call(1)));
        begins.recv().unwrap();
        let mut drain = memo.close();
        assert!(smol::block_on(polled(&mut drain)).is_pending());
        opened.send(()).unwrap();
        smol::block_on(drain);
        assert_eq!((calling.join().unwrap().unwrap(), memo.len()), (1, 1));
    });
}

#[test]
fn p9_1_a_load_may_drain_its_own_cache() {
    testing::run(async |time| {
        let own = Arc::new(OnceLock::<Numbers<testing::Virtual>>::new());
        let called = own.clone();
        let memo = Builder::on(time.clone()).try_wrap(move |n: u32| {
            let called = called.clone();
            async move {
                called.get().expect("it is set below").drain().await;
                Ok(n)
            }
        });
        let memo = own.get_or_init(|| memo);
        assert_eq!(memo.call(1).await.unwrap(), 1);
    });
}

#[test]
fn p9_3_what_is_left_when_the_time_is_over_is_abandoned() {
    testing::run(async |time| abandoned(time, 10 * SECOND).await);
    smol::block_on(abandoned(evermemo::Smol, 20 * MS));
    let tokio = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    tokio.block_on(abandoned(evermemo::Tokio::default(), 20 * MS));
}

async fn abandoned<R: Runtime<Threading = MultiThreaded>>(runtime: R, within: Duration) {
    let list: &'static CacheList = Box::leak(Box::default());
    let runs = Runs::default();
    let begun = runs.clone();
    let memo: Numbers<R> = Builder::on(runtime.clone())
        .update_after(Duration::ZERO)
        .listed_in(list)
        .try_wrap(move |n| {
            let run = begun.begin();
            async move { if run == 1 { Ok(n) } else { pending().await } }
        });
    memo.call(1).await.unwrap();
    memo.call(1).await.unwrap(); // starts a refresh
    let (mut leader, mut joiner) = (Box::pin(memo.call(2)), Box::pin(memo.call(2)));
    assert!(polled(&mut leader).await.is_pending() && polled(&mut joiner).await.is_pending());
    while runs.count() < 3 {
        runtime.sleep(MS).await;
    }

    let began = runtime.now();
    let closing = list.close_all(within);
    assert_eq!((memo.call(1).await.unwrap(), runs.count()), (1, 3));
    let left = closing.await;

    assert!(runtime.now().saturating_since(began) >= within);
    assert_eq!((left.loads, left.refreshes, left.writes, left.is_nothing()), (1, 1, 0, false));
    assert_eq!(leader.await.unwrap_err().kind(), ErrorKind::Abandoned);
    let error = joiner.await.unwrap_err();
    assert_eq!((error.kind(), error.is_joined()), (ErrorKind::Closed, true));
    assert_eq!((memo.in_flight(), memo.stats().loads, memo.stats().refreshes), (0, 2, 1));
    assert!(list.close_all(within).await.is_nothing());
}

#[test]
fn p9_4_a_list_keeps_no_cache() {
    static LIST: CacheList = CacheList::new();
    let alive = Arc::new(());
    let build = || Builder::on(evermemo::Smol).name("app::tenant").listed_in(&LIST);
    let cache = build().build::<u32, Arc<()>, Infallible>();
    smol::block_on(cache.insert(1, alive.clone()));
    let other = build().build::<u32, Arc<()>, Infallible>();
    let listed = |cache: ListedCache| (cache.name().name(), cache.len(), cache.in_flight());
    assert_eq!(Vec::from_iter(LIST.iter().map(listed)), [("tenant", 1, 0), ("tenant", 0, 0)]);

    drop(cache);
    assert_eq!((Arc::strong_count(&alive), LIST.iter().count()), (1, 1));
    drop(other);
    assert_eq!(LIST.iter().count(), 0);

    let over = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    let cache = build().build::<u32, u32, Infallible>();
                    smol::block_on(cache.insert(1, 1));
                }
                over.fetch_add(1, SeqCst);
            });
        }
        while over.load(SeqCst) < 2 {
            assert!(LIST.iter().all(|cache| cache.name().name() == "tenant"));
        }
    });
    assert_eq!(LIST.iter().count(), 0);
}
