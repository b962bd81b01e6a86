//! Looks at what is stored, which load nothing.

use evermemo::{
    Builder, Cache, DefaultInMemoryCacheConfiguration, LocalInMemoryCacheStorage, MethodName,
    MutableCacheConfiguration, Policy, ProvidedLifeSpanCacheEntryBuilder, Runtime, StorageFailure,
    Trigger, testing,
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Timed, caught_now, on_every_runtime, polled,
    until,
};
use futures_util::FutureExt;
use std::{
    convert::Infallible,
    num::NonZeroUsize,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

on_every_runtime! {
    p11_1_a_get_beside_a_flight_neither_loads_nor_waits,
    p11_1_a_change_that_comes_while_a_get_looks_is_seen,
    p11_1_a_get_is_answered_from_a_write_under_way,
    p11_3_what_is_removed_is_handed_out,
    p11_3_a_removal_that_is_dropped_goes_on,
}

const NANO: Duration = Duration::from_nanos(1);

async fn p11_1_a_get_beside_a_flight_neither_loads_nor_waits<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let mut call = Box::pin(memo.call(7_u32));
    assert!(polled(&mut call).await.is_pending());
    for _ in 0..1_000 {
        assert!(polled(&mut Box::pin(memo.get(&7))).await == std::task::Poll::Ready(None));
        assert!(!memo.contains(&7) && memo.peek(&7).is_none());
    }
    source.gates.open_all();
    assert_eq!((call.await.unwrap(), memo.get(&7).await, source.count()), (1, Some(1), 1));
    let stats = memo.stats();
    assert_eq!((stats.hits, stats.absent, stats.loads, stats.calls()), (1, 1_000, 1, 1_002));
}

async fn p11_1_a_change_that_comes_while_a_get_looks_is_seen<R: Timed>(rt: R) {
    let probe = Probe::<u32, u32>::new();
    let cache: Cache<u32, u32, Infallible, R> =
        Builder::on(rt.clone()).storage_timeout(Duration::MAX).storage(probe.clone()).build();
    let looking = async || {
        let gate = Gate::shut();
        probe.next(Operation::Get, Mode::Wait(gate.clone()));
        let mut get = Box::pin(cache.get(&7));
        assert!(polled(&mut get).await.is_pending());
        (get, gate)
    };
    let (get, gate) = looking().await;
    cache.insert(7, 1).await;
    gate.open();
    assert_eq!(get.await, Some(1));
    let (get, gate) = looking().await;
    cache.insert(7, 2).await;
    gate.open();
    assert_eq!(get.await, Some(2));
    let (get, gate) = looking().await;
    cache.invalidate(&7).await;
    gate.open();
    assert_eq!(get.await, None);
    // A load that ends meanwhile, too.
    let (get, gate) = looking().await;
    cache.get_with(7, async |_| Ok(3)).await.unwrap();
    until(&rt, || cache.in_flight() == 0).await;
    gate.open();
    assert_eq!(get.await, Some(3));
    let (get, gate) = looking().await;
    cache.clear().await;
    gate.open();
    assert_eq!((get.await, cache.contains(&7)), (None, false));
    // One that fails, or is dropped, is nothing.
    probe.next(Operation::Get, Mode::Fail("down"));
    assert_eq!(cache.get(&7).await, None);
    drop(looking().await);
    let stats = cache.stats();
    assert_eq!((stats.hits, stats.absent, stats.storage_errors), (3, 3, 1));
}

async fn p11_1_a_get_is_answered_from_a_write_under_way<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .wrap(Numbered::open().method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    assert_eq!(memo.call(7).await.unwrap(), 1);
    let looks = probe.count(Operation::Get, Moment::Began);
    assert_eq!((memo.get(&7).await, memo.peek(&7), memo.contains(&7)), (Some(1), Some(1), true));
    assert!(memo.entry_info(&7).is_some_and(|info| info.refreshing));
    assert_eq!(probe.count(Operation::Get, Moment::Began), looks);
    gate.open();
    until(&rt, || memo.in_flight() == 0).await;
    // From here on only a wait brings it.
    assert_eq!((memo.get(&7).await, memo.peek(&7)), (Some(1), None));
    assert_eq!(memo.stats().hits, 2);
}

async fn p11_3_what_is_removed_is_handed_out<R: Timed>(rt: R) {
    let source = Numbered::open();
    let life = Duration::from_secs(1);
    let memo = Builder::on(rt.clone())
        .expire_after(life)
        .stale_if_error(life)
        .wrap(source.method::<u32>());
    assert_eq!(memo.remove(&7).await.unwrap(), None);
    memo.call(7).await.unwrap();
    let entry = memo.remove(&7).await.unwrap().unwrap();
    assert_eq!((entry.value, entry.expires_after.saturating_since(entry.created)), (1, life));
    assert_eq!((memo.len(), memo.remove(&7).await.unwrap()), (0, None));
    // Expired, and even dead.
    for age in [life, 2 * life] {
        memo.call(7).await.unwrap();
        rt.advance(age);
        assert_eq!(memo.get(&7).await, None);
        assert!(memo.remove(&7).await.unwrap().is_some());
    }
    // A load under way answers its own caller, and stores nothing.
    source.gates.shut_at(4);
    let mut call = Box::pin(memo.call(7));
    assert!(polled(&mut call).await.is_pending());
    assert_eq!(memo.remove(&7).await.unwrap(), None);
    assert_eq!(memo.call(7).await.unwrap(), 5);
    source.gates.open_all();
    assert_eq!((call.await.unwrap(), memo.call(7).await.unwrap()), (4, 5));

    let probe = Probe::<u32, u32>::new();
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(Numbered::open().method());
    memo.insert(7, 70).await;
    assert_eq!(memo.remove(&7).await.unwrap().map(|entry| entry.value), Some(70));
    assert_eq!((memo.remove(&7).await.unwrap(), probe.within().len()), (None, 0));
    memo.insert(7, 71).await;
    probe.next(Operation::Get, Mode::Fail("down"));
    memo.remove(&7).await.unwrap_err();
    assert_eq!((probe.within().len(), memo.stats().storage_errors), (0, 1));
    // What a clear has hidden has gone.
    memo.insert(7, 72).await;
    memo.try_clear().await.unwrap();
    assert_eq!((memo.remove(&7).await.unwrap(), probe.within().len()), (None, 0));
    memo.insert(7, 73).await;
    assert_eq!(memo.remove(&7).await.unwrap().map(|entry| entry.value), Some(73));
}

async fn p11_3_a_removal_that_is_dropped_goes_on<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::<u32, u32>::new(), Gate::shut());
    let memo = Builder::on(rt.clone())
        .storage_timeout(Duration::MAX)
        .storage(probe.clone())
        .wrap(Numbered::open().method());
    memo.insert(7, 70).await;
    drop(memo.remove(&7));
    assert_eq!(probe.within().len(), 1);
    probe.next(Operation::Get, Mode::Wait(gate.clone()));
    let mut removal = Box::pin(memo.remove(&7));
    assert!(polled(&mut removal).await.is_pending());
    drop(removal);
    gate.open();
    until(&rt, || probe.within().is_empty()).await;
}

/// A cache of each kind that a look goes another way in.
fn kinds(
    runtime: &testing::Virtual,
) -> Vec<(&'static str, Cache<u32, u32, Infallible, testing::Virtual>)> {
    let builder = || {
        Builder::on(runtime.clone())
            .update_after(Duration::from_secs(1))
            .expire_after(Duration::from_secs(2))
            .stale_if_error(Duration::from_secs(1))
    };
    let shards = NonZeroUsize::MIN;
    let second = Duration::from_secs(1);
    let mut configuration = DefaultInMemoryCacheConfiguration::<u32, u32>::default();
    configuration.entry_builder = ProvidedLifeSpanCacheEntryBuilder::new(second, 2 * second);
    let mutable = MutableCacheConfiguration::initialized_with(configuration);
    let own = LocalInMemoryCacheStorage::new(10)
        .with_shards(shards)
        .with_hasher(std::hash::RandomState::new());
    vec![
        ("memory", builder().build()),
        ("lru", builder().policy(Policy::Lru).build()),
        ("hasher", builder().storage(own).build()),
        (
            "shared",
            builder().storage(std::sync::Arc::new(LocalInMemoryCacheStorage::new(9))).build(),
        ),
        ("extractor", builder().key_extractor(|_: MethodName, n: &u32| n.to_string()).build()),
        ("processed", builder().postprocessing(|n: u32| n).build()),
        (
            "mutable",
            Builder::on(runtime.clone())
                .stale_if_error(Duration::from_secs(1))
                .configuration(mutable)
                .build(),
        ),
    ]
}

#[test]
fn p11_2_looks_agree_with_calls_and_count_nothing() {
    testing::run(async |time| {
        for (kind, cache) in kinds(&time) {
            assert!(cache.peek(&7).is_none() && cache.entry_info(&7).is_none(), "{kind}");
            cache.insert(7, 70).await;
            let ages = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];
            let edges = ages
                .into_iter()
                .chain([Duration::from_secs(3)])
                .flat_map(|edge| [edge.saturating_sub(NANO), edge, edge + NANO]);
            let mut passed = Duration::ZERO;
            let (mut hits, mut stale, mut absent) = (0, 0, 0);
            for age in edges {
                time.advance(age.saturating_sub(passed)).await;
                passed = passed.max(age);
                let before = cache.stats();
                let (peeked, info) = (cache.peek(&7), cache.entry_info(&7));
                assert_eq!(cache.contains(&7), peeked.is_some(), "{kind} {age:?}");
                assert_eq!(info.is_some(), peeked.is_some(), "{kind} {age:?}");
                assert_eq!(cache.stats(), before, "{kind}");
                let is_fresh = passed < Duration::from_secs(1);
                let is_valid = passed < Duration::from_secs(2);
                assert_eq!(peeked, is_valid.then_some(70), "{kind} {age:?}");
                if let Some(info) = info {
                    assert_eq!((info.age, info.weight), (passed, 1), "{kind}");
                    assert_eq!(info.fresh_for, Duration::from_secs(1).saturating_sub(passed));
                    assert_eq!(info.expires_in, Duration::from_secs(2) - passed);
                    assert!(!info.refreshing);
                }
                assert_eq!(cache.get(&7).await, peeked, "{kind} {age:?}");
                assert_eq!(cache.get(&7).fresh().await, peeked.filter(|_| is_fresh), "{kind}");
                hits += 2 * usize::from(is_fresh);
                stale += usize::from(is_valid && !is_fresh);
                absent += usize::from(!is_fresh) + usize::from(!is_valid);
                let stats = cache.stats();
                assert_eq!(
                    (stats.hits, stats.stale, stats.absent),
                    (hits, stale, absent),
                    "{kind}"
                );
                assert_eq!((stats.calls(), stats.refreshes), (hits + stale + absent, 0), "{kind}");
            }
            assert_eq!(
                cache.remove(&7).await.unwrap().map(|entry| entry.value),
                Some(70),
                "{kind}"
            );
            assert_eq!(cache.len(), 0, "{kind}");
        }
    });
}

#[test]
fn p11_2_a_peek_moves_nothing_and_a_get_does() {
    testing::run(async |time| {
        for peeks in [true, false] {
            let cache: Cache<u32, u32, Infallible, _> =
                Builder::on(time.clone()).capacity(2).policy(Policy::Lru).build();
            cache.insert(1, 1).await;
            cache.insert(2, 2).await;
            match peeks {
                true => {
                    assert!(cache.peek(&1).is_some() && cache.contains(&1));
                    assert!(cache.entry_info(&1).is_some() && cache.entry(&1).is_some());
                }
                false => assert_eq!(cache.get(&1).await, Some(1)),
            }
            cache.insert(3, 3).await;
            assert_eq!((cache.contains(&1), cache.contains(&2)), (!peeks, peeks));
        }
    });
}

#[test]
fn p11_3_a_removal_that_hangs_is_cut_off_and_told() {
    testing::run(async |time| {
        let probe = Probe::<u32, u32>::new();
        let timeout = Duration::from_secs(1);
        let cache: Cache<u32, u32, Infallible, _> =
            Builder::on(time.clone()).storage_timeout(timeout).storage(probe.clone()).build();
        cache.insert(7, 70).await;
        probe.next(Operation::Get, Mode::Hang);
        let began = time.now();
        let error = cache.remove(&7).await.unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&StorageFailure::TimedOut));
        // The entry has left, though it could not be read.
        assert_eq!((probe.within().len(), time.now().saturating_since(began)), (0, timeout / 2));
        cache.insert(7, 70).await;
        probe.next(Operation::Release, Mode::Hang);
        cache.remove(&7).await.unwrap_err();
        assert!(time.now().saturating_since(began) <= 2 * timeout);
        assert_eq!(cache.stats().storage_errors, 2);
    });
}

#[test]
fn p11_4_what_is_there_throughout_is_shown_once_whatever_others_do() {
    testing::run(async |time| {
        let cache: Cache<u32, u32, Infallible, _> = Builder::on(time).capacity(1_000_000).build();
        for key in 0..2_000 {
            cache.insert(key, key).await;
        }
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for thread in 0..2 {
                let (cache, stop) = (&cache, &stop);
                scope.spawn(move || {
                    // Keys that come and go.
                    for key in (2_000..4_000).cycle() {
                        if stop.load(Relaxed) {
                            break;
                        }
                        if (key + thread) % 3 == 0 {
                            cache.invalidate(&key).now_or_never().unwrap();
                        } else {
                            cache.insert(key, key).now_or_never().unwrap();
                        }
                    }
                });
            }
            for _ in 0..50 {
                let mut seen = vec![0; 4_000];
                for (key, entry) in cache.iter() {
                    assert_eq!(entry.value, key);
                    seen[key as usize] += 1;
                }
                assert!(seen[..2_000].iter().all(|&times| times == 1));
                assert!(seen.iter().all(|&times| times <= 1));
            }
            stop.store(true, Relaxed);
        });
        let stats = cache.stats();
        assert_eq!((stats.calls(), stats.evicted), (0, 0), "nothing is counted");
        // In its own loop everything is allowed.
        for (n, key) in cache.keys().enumerate() {
            cache.remove(&key).await.unwrap();
            if n == 10 {
                cache.set_capacity(100_000);
            }
        }
        assert_eq!((cache.len(), cache.iter().count()), (0, 0));
    });
}

#[test]
fn p11_4_every_kind_of_cache_shows_what_is_an_answer() {
    testing::run(async |time| {
        for (kind, cache) in kinds(&time) {
            for key in 0..5 {
                cache.insert(key, 10 * key).await;
            }
            let keyed_by_text = cache.keyed::<String>();
            assert_eq!(keyed_by_text.is_some(), kind == "extractor", "{kind}");
            let mut keys: Vec<u32> = match keyed_by_text {
                Some(keyed) => keyed.keys().map(|key| key.parse().unwrap()).collect(),
                None => cache
                    .iter()
                    .map(|(key, entry)| {
                        assert_eq!(entry.value, 10 * key);
                        key
                    })
                    .collect(),
            };
            keys.sort_unstable();
            assert_eq!(keys, [0, 1, 2, 3, 4], "{kind}");
            // What has expired is no answer, though it is stored.
            time.advance(Duration::from_secs(2)).await;
            if kind != "extractor" {
                assert_eq!((cache.keys().count(), cache.len()), (0, 5), "{kind}");
                let snapshot = cache.snapshot();
                assert_eq!((snapshot.entries.len(), snapshot.weight), (0, 5), "{kind}");
            }
        }
        // A storage that cannot list its entries shows none, and says so.
        let probe = Probe::<u32, u32>::new();
        let cache: Cache<u32, u32, Infallible, _> =
            Builder::on(time.clone()).storage(probe).build();
        assert!(cache.keyed::<u32>().is_none());
        assert!(caught_now(|| cache.keys().count()).is_err());
    });
}

#[test]
fn p11_4_a_snapshot_shows_entries_and_loads() {
    testing::run(async |time| {
        let source = Numbered::open();
        let memo = Builder::on(time.clone())
            .weigher(|_: &u32, _: &u32| 3)
            .update_after(Duration::from_secs(1))
            .wrap(source.method());
        memo.call(1).await.unwrap();
        memo.call(2).await.unwrap();
        for _ in 0..2 {
            memo.call(2).await.unwrap();
        }
        source.gates.shut_at(3);
        time.advance(Duration::from_secs(1)).await;
        memo.call(1).await.unwrap();
        let mut snapshot = memo.snapshot();
        snapshot.entries.sort_by_key(|entry| entry.0);
        let known = |n: usize| {
            let (key, info) = &snapshot.entries[n];
            (*key, info.weight, info.refreshing, info.fresh_for)
        };
        assert_eq!(
            (known(0), known(1)),
            ((1, 3, true, Duration::ZERO), (2, 3, false, Duration::ZERO))
        );
        assert!(snapshot.entries[1].1.hits >= 2 && snapshot.weight == 6);
        let [flight] = &*snapshot.flights else { panic!("{:?}", snapshot.flights) };
        assert_eq!((flight.key, flight.trigger, flight.landed), (1, Trigger::Refresh, false));
        let debug = format!("{:?}", memo.cache());
        assert!(debug.contains("len: 2") && debug.contains("in_flight: 1"), "{debug}");
        source.gates.open_all();
        time.settle().await;
        assert!(memo.snapshot().flights.is_empty());
    });
}
