//! How many stay.

use super::{cached, kept, memory};

use evermemo::{
    Builder, CacheEntry, CacheStorage, CountStorage, Instant, LeastRecentlyUpdatedEvictionStrategy,
    LocalInMemoryCacheStorage, NoEvictionStrategy, Policy, Source,
};
use evermemo_tests::{Numbered, Timed, all, on_every_runtime, polled, stored, until, yielded};
use futures_util::FutureExt;
use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicUsize, Ordering::SeqCst},
    thread,
    time::Duration,
};

on_every_runtime! {
    b65_the_last_written_stay,
    b68_capacity_decides_how_many_load_again,
    b75_no_strategy_evicts_nothing_but_the_storage_s_own_bound_holds,
    p5_1_the_capacity_is_never_exceeded,
    p5_1_a_capacity_that_is_lowered_holds_at_once,
    p5_2_what_is_too_heavy_is_returned_and_not_kept,
}

async fn b65_the_last_written_stay<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone())
        .capacity(2)
        .policy(Policy::LeastRecentlyUpdated)
        .wrap(Numbered::open().method());
    for key in 1..=4 {
        memo.call(key).await.unwrap();
        assert_eq!(memo.len(), key.min(2) as usize);
    }
    assert_eq!(cached(memo.cache(), 1..=4), [3, 4]);

    let memo = Builder::on(rt.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(2))
        .wrap(Numbered::open().method());
    for key in 1..=4 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || memo.len() == 2).await;
    assert_eq!(cached(memo.cache(), 1..=4), [3, 4]);
    // What is inserted by hand counts as all else.
    memo.insert(5, 0).await;
    until(&rt, || memo.len() == 2).await;
    assert_eq!(cached(memo.cache(), 1..=5), [4, 5]);
}

async fn b68_capacity_decides_how_many_load_again<R: Timed>(rt: R) {
    for (capacity, runs) in [(0, 4), (1, 3), (2, 2)] {
        let source = Numbered::open();
        let memo = Builder::on(rt.clone()).capacity(capacity).wrap(source.method());
        for key in [1, 1, 2, 1] {
            memo.call(key).await.unwrap();
            assert!(memo.len() <= capacity);
        }
        assert_eq!(source.count(), runs, "at a capacity of {capacity}");

        let source = Numbered::open();
        let memo = Builder::on(rt.clone())
            .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(capacity))
            .wrap(source.method());
        for key in [1, 1, 2, 1] {
            memo.call(key).await.unwrap();
            until(&rt, || memo.len() <= capacity).await;
        }
        assert_eq!(source.count(), runs, "at a capacity of {capacity}");
    }

    let source = Numbered::shut();
    let memo = Builder::on(rt).capacity(0).wrap(source.method());
    let mut callers: Vec<_> = (0..3).map(|_| Box::pin(memo.outcome(7))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();
    let outcomes: Vec<_> = all(callers).await.into_iter().map(Result::unwrap).collect();
    assert!(outcomes.iter().all(|outcome| outcome.value == 1));
    let joined = outcomes.iter().filter(|outcome| outcome.source == Source::Joined).count();
    assert_eq!((joined, source.count(), memo.len()), (2, 1, 0));
}

async fn b75_no_strategy_evicts_nothing_but_the_storage_s_own_bound_holds<R: Timed>(rt: R) {
    let storage = memory(usize::MAX);
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(NoEvictionStrategy)
        .wrap(Numbered::open().method());
    for key in 0..10_000 {
        memo.call(key).await.unwrap();
    }
    assert_eq!(storage.len(), 10_000);

    let storage = memory(2);
    let memo = Builder::on(rt)
        .storage(storage.clone())
        .eviction_strategy(NoEvictionStrategy)
        .wrap(Numbered::open().method());
    for key in 0..10 {
        memo.call(key).await.unwrap();
    }
    assert_eq!(kept(&storage, 0..10), [8, 9]);
}

async fn p5_1_the_capacity_is_never_exceeded<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).capacity(100).wrap(source.method());
    let mut callers: Vec<_> = (0..1_000).map(|key: u32| Box::pin(memo.call(key))).collect();
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();
    for caller in &mut callers {
        while polled(caller).await.is_pending() {
            assert!(memo.len() <= 100);
            yielded().await;
        }
        assert!(memo.len() <= 100);
    }
    assert_eq!((memo.len(), source.count(), memo.cache().in_flight()), (100, 1_000, 0));
}

async fn p5_1_a_capacity_that_is_lowered_holds_at_once<R: Timed>(rt: R) {
    let memo = Builder::on(rt).capacity(100).wrap(Numbered::open().method());
    for key in 0..100 {
        memo.call(key).await.unwrap();
    }
    memo.cache().set_capacity(10);
    assert_eq!(memo.len(), 10);
    for key in 0..100 {
        memo.call(key).await.unwrap();
        assert_eq!(memo.len(), 10);
    }
    memo.cache().set_capacity(0);
    assert_eq!(memo.len(), 0);
    memo.call(1).await.unwrap();
    assert_eq!(memo.len(), 0);
    memo.cache().set_capacity(50);
    for key in 0..100 {
        memo.call(key).await.unwrap();
    }
    assert_eq!(memo.len(), 50);
}

async fn p5_2_what_is_too_heavy_is_returned_and_not_kept<R: Timed>(rt: R) {
    let memo = Builder::on(rt)
        .weigher(|_: &usize, value: &String| value.len() as u32)
        .capacity(100)
        .wrap(|length: usize| async move { "-".repeat(length) });
    for length in [40, 50, 101, 60] {
        assert_eq!(memo.call(length).await.unwrap().len(), length);
        assert!(memo.cache().weight() <= 100);
    }
    let kept = [40, 50, 101, 60].into_iter().filter(|length| memo.cache().entry(length).is_some());
    assert_eq!(memo.cache().weight(), kept.sum::<usize>());
    assert_eq!(memo.outcome(60).await.unwrap().source, Source::Hit);
    assert_eq!(memo.outcome(101).await.unwrap().source, Source::Loaded);
}

#[test]
fn b96_the_memory_storage_gives_back_what_it_was_offered() {
    let storage = LocalInMemoryCacheStorage::<u32, &str>::new(10);
    let at = |seconds| Instant::ZERO + Duration::from_secs(seconds);
    let get = |now| storage.get(&1, now).now_or_never().unwrap().unwrap();
    let offer = |entry| storage.offer(&1, &entry, at(1)).now_or_never().unwrap().unwrap();
    let release = || storage.release(&1).now_or_never().unwrap().unwrap();
    assert_eq!((get(at(1)), storage.len()), (None, 0));

    let entry = CacheEntry::new("a", at(1)).update_after(at(2)).expires_after(at(3));
    offer(entry.clone());
    assert_eq!((get(at(1)), storage.len()), (Some(entry.clone()), 1));
    assert_eq!(get(at(100)), Some(entry), "an expired entry is still given back");

    let second = CacheEntry::new("b", at(1));
    offer(second.clone());
    assert_eq!((get(at(1)), storage.len()), (Some(second.clone()), 1));

    release();
    release();
    assert_eq!((get(at(1)), storage.len()), (None, 0));

    offer(second);
    let cleared = storage.clear().expect("memory clears itself");
    cleared.now_or_never().unwrap().unwrap();
    assert_eq!((get(at(1)), storage.len()), (None, 0));
    assert!(CountStorage::is_empty(&storage));
}

#[test]
fn p5_1_the_capacity_holds_while_threads_write() {
    for policy in [Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru] {
        for shards in [1, 8].map(|shards| NonZeroUsize::new(shards).unwrap()) {
            let storage = LocalInMemoryCacheStorage::<u32, u32>::new(1_000)
                .with_policy(policy)
                .with_shards(shards);
            let (writing, most) = (AtomicUsize::new(4), AtomicUsize::new(0));
            thread::scope(|scope| {
                for writer in 0..4 {
                    let (storage, writing) = (&storage, &writing);
                    scope.spawn(move || {
                        for key in (0..50_000).map(|n| n * 4 + writer) {
                            let _offered = storage.offer(
                                &key,
                                &CacheEntry::new(key, Instant::ZERO),
                                Instant::ZERO,
                            );
                            if key.is_multiple_of(3) {
                                let _released = storage.release(&key);
                            }
                        }
                        writing.fetch_sub(1, SeqCst);
                    });
                }
                while writing.load(SeqCst) > 0 {
                    most.fetch_max(storage.len(), SeqCst);
                    thread::yield_now();
                }
            });
            assert!(most.load(SeqCst) <= 1_000, "{} at {policy:?}, {shards}", most.load(SeqCst));
            let left = (0..200_000).filter(|key| stored(&storage, key).is_some()).count();
            assert_eq!(left, storage.len(), "its count is that of its entries");
            // Full again: no place was lost on the way.
            for key in 200_000..201_000 {
                let _offered =
                    storage.offer(&key, &CacheEntry::new(key, Instant::ZERO), Instant::ZERO);
            }
            assert_eq!(storage.len(), 1_000);
        }
    }
}
