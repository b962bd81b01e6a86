//! Every call is counted once, with everything on.

use super::{
    MS, SECOND,
    backend::{Page, Told, boom},
};

use evermemo::{
    Backoff, Builder, CacheEntry, Cached, EarlyRefresh, Jitter, Memo, Runtime, Stats, Trigger,
    testing::{Order, Simulation, Virtual},
};
use futures_util::future::join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

/// A splitmix64 generator, shared.
#[derive(Clone, Default)]
struct Numbers(Arc<AtomicU64>);

impl Numbers {
    fn below(&self, bound: u64) -> u64 {
        let seed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, SeqCst);
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn millis(&self, bound: u64) -> Duration {
        Duration::from_millis(self.below(bound))
    }
}

type Storm<R> = Memo<u32, u32, &'static str, R>;

fn everything<R>(rt: &R, numbers: &Numbers, page: &Page, time: u32) -> Storm<R>
where
    R: Runtime<Threading = evermemo::MultiThreaded, Sleep: Send> + Send + Sync,
{
    let (rt, numbers) = (rt.clone(), numbers.clone());
    let unit = MS * time;
    Builder::on(rt.clone())
        .capacity(6)
        .update_after(30 * unit)
        .expire_after(60 * unit)
        .method_timeout(25 * unit)
        .stale_if_error_when(50 * unit, |error: &&'static str| *error == "down")
        .soft_timeout(5 * unit)
        .refresh_backoff(Backoff::exponential(10 * unit, 40 * unit))
        .cache_errors_for(8 * unit)
        .max_loads(3)
        .jitter(Jitter::new(0.3).unwrap())
        .early_refresh(EarlyRefresh::default())
        .sweep_every(70 * unit)
        .seed(7)
        .observer(page.clone())
        .wrap_loader(move |key: u32, previous: Option<CacheEntry<u32>>| {
            let (rt, numbers) = (rt.clone(), numbers.clone());
            let way = numbers.below(20);
            async move {
                if way % 4 != 0 {
                    rt.sleep(numbers.millis(20) * time).await;
                }
                match way {
                    0..=3 => Err("down"),
                    4..=5 => Err("no such thing"),
                    6 => boom(),
                    7 => std::future::pending().await,
                    8 => Ok(Cached::new(key).do_not_store()),
                    9 => Ok(Cached::new(key).expire_after(5 * unit)),
                    10 => Ok(previous.map_or_else(|| Cached::new(key), |old| old.value.into())),
                    _ => Ok(Cached::new(key)),
                }
            }
        })
}

/// What a hundred callers of a few keys make of it, and how many of their calls returned.
async fn storm<R>(rt: &R, memo: &Storm<R>, numbers: &Numbers, time: u32) -> usize
where
    R: Runtime<Threading = evermemo::MultiThreaded, Sleep: Send> + Send + Sync,
{
    let returned = AtomicUsize::new(0);
    let callers = (0..40).map(|_| async {
        for _ in 0..25 {
            rt.sleep(numbers.millis(30) * time).await;
            let key = numbers.below(9) as u32;
            match numbers.below(40) {
                0 => memo.insert(key, key).await,
                1 => memo.invalidate(&key).await,
                2 if key == 0 => memo.clear().await,
                3..=5 => {
                    let forced = memo.force_refresh(key).await;
                    returned.fetch_add(1, SeqCst);
                    assert!(forced.is_err() || forced.is_ok_and(|value| value == key));
                }
                _ => {
                    let outcome = memo.outcome(key).await;
                    returned.fetch_add(1, SeqCst);
                    if let Ok(outcome) = outcome {
                        assert_eq!(outcome.value, key);
                    }
                }
            }
        }
    });
    join_all(callers).await;
    returned.load(SeqCst)
}

#[test]
fn p8_every_call_is_counted_once_with_everything_on() {
    for seed in 0..30 {
        let order = if seed % 3 == 0 { Order::Fifo } else { Order::Seeded(seed) };
        Simulation::new().order(order).run(async |time: Virtual| {
            let (numbers, page) = (Numbers::default(), Page::default());
            numbers.0.store(seed, SeqCst);
            let memo = everything(&time, &numbers, &page, 1);
            let returned = storm(&time, &memo, &numbers, 1).await;
            time.advance(SECOND).await;

            assert_eq!(memo.cache().in_flight(), 0, "seed {seed}");
            let stats = memo.stats();
            assert_eq!(stats.calls(), returned, "seed {seed}: {stats:?}");
            let took = page.took().iter().sum::<Duration>();
            assert_eq!(took, stats.load_time, "seed {seed}");
            agree(&page.take(), &stats);
        });
    }
}

#[test]
fn p8_every_call_is_counted_once_on_threads_with_everything_on() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let tokio = builder.worker_threads(2).enable_time().build().expect("a runtime");
    let (numbers, page) = (Numbers::default(), Page::default());
    let rt = evermemo::Tokio::with_handle(tokio.handle().clone());
    let memo = everything(&rt, &numbers, &page, 1);
    let returned = std::thread::scope(|scope| {
        let callers = || tokio.block_on(storm(&rt, &memo, &numbers, 1));
        let threads = [scope.spawn(callers), scope.spawn(callers), scope.spawn(callers)];
        threads.into_iter().map(|thread| thread.join().expect("no caller panics")).sum::<usize>()
    });
    let by_hand = evermemo_tests::ByHand::new(rt);
    tokio.block_on(super::at_rest(&by_hand, &memo));
    let stats = memo.stats();
    assert_eq!(stats.calls(), returned, "{stats:?}");
    agree(&page.take(), &stats);
}

/// What the observer was told agrees with what was counted.
fn agree(told: &[Told], stats: &Stats) {
    let count = |of: &dyn Fn(&Told) -> bool| told.iter().filter(|told| of(told)).count();
    let failed = |refresh: bool, with: &dyn Fn(&str) -> bool| {
        count(&|told| match told {
            Told::Ended { trigger, result: Err(text), .. } => {
                (*trigger == Trigger::Refresh) == refresh && with(text)
            }
            _ => false,
        })
    };
    let methods = |text: &str| text == "down" || text == "no such thing";
    let overdue = |text: &str| text.contains("within its timeout");
    let panicked = |text: &str| text.contains("panicked");

    assert_eq!(count(&|told| matches!(told, Told::Joined(_))), stats.joins);
    assert_eq!(count(&|told| matches!(told, Told::Rejected(_))), stats.rejected);
    assert_eq!(stats.rejected, stats.cached_errors, "there is no other reason");
    assert_eq!(failed(false, &methods), stats.load_failures);
    assert_eq!(failed(true, &|_| true), stats.refresh_failures);
    assert_eq!(failed(false, &overdue) + failed(true, &overdue), stats.timeouts);
    assert_eq!(failed(false, &panicked) + failed(true, &panicked), stats.panics);
    assert!(count(&|told| matches!(told, Told::Stale(..))) >= stats.stale);
    let ended = |refresh: bool| {
        count(&|told| {
            matches!(told, Told::Ended { trigger, .. }
            if (*trigger == Trigger::Refresh) == refresh)
        })
    };
    let started = |refresh: bool| {
        count(&|told| {
            matches!(told, Told::Started(_, trigger)
            if (*trigger == Trigger::Refresh) == refresh)
        })
    };
    assert_eq!((ended(false), ended(true)), (stats.loads, stats.refreshes));
    // One that never got a place has ended all the same.
    assert!(started(false) <= stats.loads && started(true) <= stats.refreshes);
    assert!(stats.loads > 50 && stats.joins > 10 && stats.stale > 10 && stats.hits > 10);
    assert!(stats.cached_errors > 0 && stats.timeouts > 0 && stats.panics > 0);
}
