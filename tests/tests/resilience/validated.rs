//! Stored entries that the user is asked about before they answer.

use super::{
    HOUR, MINUTE, Numbers, SECOND, answer, at_rest,
    backend::{Backend, Way, boom},
};

use evermemo::{
    Builder, CacheEntry, Cached, Memo, Source,
    testing::{self, Virtual},
};
use evermemo_tests::{Gate, Mode, Operation, Probe, Timed, on_every_runtime, polled, until};
use futures_util::{
    FutureExt as _,
    future::{join, join_all},
};
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    p4_11_concurrent_hits_of_a_refused_entry_make_one_load,
}

/// The smallest value that may answer.
type Least = Arc<AtomicU32>;

fn least(least: &Least) -> impl Fn(&u32, &CacheEntry<u32>) -> bool + Send + Sync + use<> {
    let least = least.clone();
    move |_, entry| entry.value >= least.load(SeqCst)
}

async fn p4_11_concurrent_hits_of_a_refused_entry_make_one_load<R: Timed>(rt: R) {
    for waits in [false, true] {
        let (backend, floor) = (Backend::up(), Least::default());
        let base = Builder::on(rt.clone()).valid_if(least(&floor)).stale_if_error(HOUR);
        let memo: Numbers<R> = match waits {
            false => base.try_wrap(backend.method()),
            true => base.storage(Probe::new()).try_wrap(backend.method()),
        };
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        at_rest(&rt, &memo).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Hit));
        floor.store(2, SeqCst);
        backend.source.gates.shut_at(2);
        let calls = join_all((0..100).map(|_| memo.call(1)));
        let opened = async {
            until(&rt, || backend.count() == 2).await;
            backend.source.gates.open_all();
        };
        let (answers, ()) = join(calls, opened).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == 2));
        assert_eq!(backend.count(), 2);
        at_rest(&rt, &memo).await;
        assert_eq!(answer(&memo, 1).await, (2, Source::Hit));
        assert_eq!((memo.stats().hits, memo.stats().calls()), (2, 103));
    }
}

/// The places in which entries are, all with a predicate.
fn places(time: &Virtual, backend: &Backend, floor: &Least) -> Vec<Numbers<Virtual>> {
    let base = || {
        Builder::on(time.clone())
            .update_after(MINUTE)
            .expire_after(2 * MINUTE)
            .stale_if_error(HOUR)
            .valid_if(least(floor))
    };
    let storage = evermemo::LocalInMemoryCacheStorage::new(9);
    vec![
        base().try_wrap(backend.method()),
        base().policy(evermemo::Policy::Lru).try_wrap(backend.method()),
        base().storage(Arc::new(storage)).try_wrap(backend.method()),
        base().storage(Probe::new()).try_wrap(backend.method()),
        base().key_extractor(|_, key: &u32| key + 1).try_wrap(backend.method()),
        base().update_statuses(evermemo::InMemoryLocks::new(MINUTE)).try_wrap(backend.method()),
    ]
}

#[test]
fn p4_11_a_value_that_is_always_refused_is_loaded_once_a_call() {
    testing::run(async |time| {
        for place in 0..6 {
            let (backend, floor) = (Backend::up(), Least::default());
            floor.store(u32::MAX, SeqCst);
            let memo = &places(&time, &backend, &floor)[place];
            for call in 1..=10 {
                assert_eq!(answer(memo, 1).await, (call, Source::Loaded), "{place}");
                time.settle().await;
            }
            assert_eq!((backend.count(), memo.stats().loads, memo.stats().hits), (10, 10, 0));
            floor.store(0, SeqCst);
            assert_eq!(answer(memo, 1).await, (10, Source::Hit), "{place}");
        }
    });
}

/// At no age, in no way.
#[test]
fn p4_11_a_refused_value_answers_nobody_again() {
    testing::run(async |time| {
        for place in 0..6 {
            for age in [30 * SECOND, 90 * SECOND, 150 * SECOND] {
                let (backend, floor) = (Backend::up(), Least::default());
                let memo = &places(&time, &backend, &floor)[place];
                answer(memo, 1).await;
                time.advance(age).await;
                floor.store(2, SeqCst);
                backend.fail();
                assert_eq!((memo.get(&1).await, memo.peek(&1)), (None, None), "{place} {age:?}");
                for _ in 0..3 {
                    let error = memo.call(1).await.unwrap_err();
                    assert_eq!(error.cause(), Some(&"down"), "{place} {age:?}");
                    let call = memo.call(1).max_stale(Duration::MAX).max_age(HOUR);
                    assert!(call.soft_timeout(Duration::ZERO).await.is_err(), "{place} {age:?}");
                }
                assert_eq!((backend.count(), memo.stats().refreshes), (7, 0));
                // It waits however long it takes.
                backend.set(Way::Works);
                backend.source.gates.shut_at(8);
                let mut call = Box::pin(memo.call(1).soft_timeout(Duration::ZERO));
                for _ in 0..4 {
                    assert!(polled(&mut call).await.is_pending());
                    time.settle().await;
                }
                backend.source.gates.open_all();
                assert_eq!(call.await.unwrap(), 8);
            }
        }
    });
}

#[test]
fn p4_11_a_load_is_handed_the_value_that_was_refused() {
    testing::run(async |time| {
        for waits in [false, true] {
            let floor = Least::default();
            let base = Builder::on(time.clone()).stale_if_error(HOUR).valid_if(least(&floor));
            let load = async |_: u32, previous: Option<CacheEntry<u32>>| {
                let next = previous.map_or(1, |previous| previous.value + 10);
                Ok::<_, &'static str>(Cached::new(next))
            };
            let memo: Numbers<Virtual> = match waits {
                false => base.wrap_loader(load),
                true => base.storage(Probe::new()).wrap_loader(load),
            };
            assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
            time.settle().await;
            floor.store(5, SeqCst);
            assert_eq!(answer(&memo, 1).await, (11, Source::Loaded), "{waits}");
            time.settle().await;
            assert_eq!(answer(&memo, 1).await, (11, Source::Hit), "{waits}");
        }
    });
}

/// So it is called under no lock.
#[test]
fn p4_11_a_predicate_may_call_the_cache() {
    testing::run(async |time| {
        for waits in [false, true] {
            type Memos = Arc<OnceLock<Memo<u32, u32, &'static str, Virtual>>>;
            let (backend, memos) = (Backend::up(), Memos::default());
            let within = memos.clone();
            let base = Builder::on(time.clone())
                .update_after(MINUTE)
                .expire_after(2 * MINUTE)
                .stale_if_error(HOUR)
                .valid_if(move |key: &u32, entry: &CacheEntry<u32>| {
                    let Some(memo) = within.get() else { return true };
                    let cache = memo.cache();
                    assert_eq!((cache.in_flight() < 9, cache.len() < 9), (true, true));
                    let other = cache.entry(&(key + 1));
                    let _invalidated = memo.invalidate(&(key + 2)).now_or_never();
                    other.is_none() && entry.value > 0 && cache.stats().calls() < 99
                });
            let memo: Numbers<Virtual> = match waits {
                false => base.try_wrap(backend.method()),
                true => base.storage(Probe::new()).try_wrap(backend.method()),
            };
            memos.set(memo.clone()).ok();
            for _ in 0..2 {
                answer(&memo, 1).await;
                time.settle().await;
            }
            for wait in [MINUTE, MINUTE, 2 * MINUTE] {
                time.advance(wait).await;
                answer(&memo, 1).await;
                time.settle().await;
            }
            assert!(memo.stats().hits > 0 && memo.stats().stale > 0, "{waits}");
        }
    });
}

#[test]
fn p4_11_a_panic_in_the_predicate_refuses() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .valid_if(
                |_: &u32, entry: &CacheEntry<u32>| if entry.value == 1 { boom() } else { true },
            )
            .try_wrap(backend.method());
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
        assert_eq!(answer(&memo, 1).await, (2, Source::Hit));
    });
}

/// Who comes while it is being written is answered from the flight, as by a hit.
#[test]
fn p4_11_what_is_being_written_is_asked_about_too() {
    testing::run(async |time| {
        let (backend, floor, probe, gate) =
            (Backend::up(), Least::default(), Probe::new(), Gate::shut());
        let memo: Numbers<Virtual> = Builder::on(time.clone())
            .valid_if(least(&floor))
            .storage_timeout(HOUR)
            .storage(probe.clone())
            .try_wrap(backend.method());
        probe.next(Operation::Offer, Mode::Wait(gate.clone()));
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        assert_eq!(answer(&memo, 1).await, (1, Source::Hit));
        floor.store(2, SeqCst);
        assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
        gate.open();
        time.settle().await;
        assert_eq!((answer(&memo, 1).await, backend.count()), ((2, Source::Hit), 2));
    });
}
