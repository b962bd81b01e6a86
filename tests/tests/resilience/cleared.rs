//! What a clear hides of a storage that cannot clear itself.

use super::{HOUR, NANO, Numbers, SECOND, answer, at_rest, backend::Backend};

use evermemo::{
    Builder, CacheEntry, CacheStorage, DefaultInMemoryCacheConfiguration,
    LocalInMemoryCacheStorage, MutableCacheConfiguration, Source,
};
use evermemo_tests::{Gate, Mode, Operation, Probe, Timed, on_every_runtime, polled, until};
use std::{sync::Arc, time::Duration};

on_every_runtime! {
    p3_2_a_clear_hides_what_a_clock_that_is_ahead_has_written,
    p3_2_a_clear_hides_what_was_written_before_the_clock_was_set_back,
    p3_2_a_clear_hides_a_late_write_from_before_it,
    p3_2_a_clear_hides_what_others_write_until_it_is_loaded,
    p3_2_a_clear_hides_what_an_exchanged_storage_has_by_a_clock_that_is_ahead,
    p3_2_what_the_storage_clears_itself_ends_what_is_hidden,
    p3_3_no_clock_shows_what_too_many_failed_insertions_were_to_replace,
}

async fn p3_2_a_clear_hides_what_a_clock_that_is_ahead_has_written<R: Timed>(rt: R) {
    for ahead in [Duration::ZERO, NANO, SECOND, HOUR] {
        let (backend, probe) = (Backend::up(), Probe::new());
        let memo: Numbers<R> =
            Builder::on(rt.clone()).storage(probe.clone()).try_wrap(backend.method());
        for key in 1..=2 {
            let entry = CacheEntry::new(90 + key, rt.now() + ahead);
            let _done = probe.within().offer(&key, &entry, rt.now());
        }
        assert_eq!(answer(&memo, 1).await, (91, Source::Hit));
        for clears in 1..=2 {
            memo.try_clear().await.unwrap();
            for key in 1..=2 {
                assert_eq!(answer(&memo, key).await.1, Source::Loaded, "{ahead:?}, {clears}");
                at_rest(&rt, &memo).await;
                assert_eq!(answer(&memo, key).await.1, Source::Hit, "what comes after it stays");
            }
        }
        assert_eq!(backend.count(), 4);
    }
}

async fn p3_2_a_clear_hides_what_was_written_before_the_clock_was_set_back<R: Timed>(rt: R) {
    let (backend, start) = (Backend::up(), rt.now());
    let memo: Numbers<R> = Builder::on(rt.clone()).storage(Probe::new()).try_wrap(backend.method());
    rt.advance(HOUR);
    answer(&memo, 1).await;
    memo.try_insert(2, 20).await.unwrap();
    at_rest(&rt, &memo).await;
    rt.set(start);
    memo.try_clear().await.unwrap();
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
    assert_eq!(answer(&memo, 2).await, (3, Source::Loaded));
    at_rest(&rt, &memo).await;
    // Nor does a clock that is set back hide what comes after the clear.
    rt.set(start.saturating_before(SECOND));
    assert_eq!(answer(&memo, 1).await, (2, Source::Hit));
    memo.try_insert(3, 30).await.unwrap();
    assert_eq!(answer(&memo, 3).await, (30, Source::Hit));
}

/// A write under way that the clear has not waited for.
async fn p3_2_a_clear_hides_a_late_write_from_before_it<R: Timed>(rt: R) {
    let (backend, probe, gate) = (Backend::up(), Probe::new(), Gate::shut());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .storage(probe.clone())
        .storage_timeout(HOUR)
        .try_wrap(backend.method());
    probe.next(Operation::Offer, Mode::Wait(gate.clone()));
    assert_eq!(memo.call(1).await.unwrap(), 1);
    let mut clear = Box::pin(memo.try_clear());
    assert!(polled(&mut clear).await.is_pending());
    gate.open();
    clear.await.unwrap();
    until(&rt, || probe.within().len() == 1).await;
    at_rest(&rt, &memo).await;
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
}

async fn p3_2_a_clear_hides_what_others_write_until_it_is_loaded<R: Timed>(rt: R) {
    let (backend, probe) = (Backend::up(), Probe::new());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).storage(probe.clone()).try_wrap(backend.method());
    memo.try_clear().await.unwrap();
    let _done = probe.within().offer(&1, &CacheEntry::new(90, rt.now() + HOUR), rt.now());
    // It is not known when that was made.
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    at_rest(&rt, &memo).await;
    // From then on they are at one again.
    let _done = probe.within().offer(&1, &CacheEntry::new(91, rt.now()), rt.now());
    assert_eq!(answer(&memo, 1).await, (91, Source::Hit));
    memo.try_invalidate(&1).await.unwrap();
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
    at_rest(&rt, &memo).await;
    assert_eq!(answer(&memo, 1).await, (2, Source::Hit));
}

async fn p3_2_a_clear_hides_what_an_exchanged_storage_has_by_a_clock_that_is_ahead<R: Timed>(
    rt: R,
) {
    let (backend, probe) = (Backend::up(), Probe::new());
    let memory = Arc::new(LocalInMemoryCacheStorage::new(10));
    let configuration = MutableCacheConfiguration::<u32, u32>::initialized_with(
        DefaultInMemoryCacheConfiguration::default(),
    );
    configuration.set_storage(probe);
    let memo: Numbers<R> =
        Builder::on(rt.clone()).configuration(configuration.clone()).try_wrap(backend.method());
    memo.try_clear().await.unwrap();
    memo.try_insert(1, 10).await.unwrap();
    assert_eq!(answer(&memo, 1).await, (10, Source::Hit));

    for key in 1..=2 {
        let _done = memory.offer(&key, &CacheEntry::new(90, rt.now() + HOUR), rt.now());
    }
    configuration.set_storage(memory.clone());
    // Of the first key something was written since, but elsewhere.
    for key in 1..=2 {
        assert_eq!(memo.cache().entry(&key), None);
        assert_eq!(answer(&memo, key).await, (key, Source::Loaded));
        at_rest(&rt, &memo).await;
        assert_eq!(answer(&memo, key).await, (key, Source::Hit));
        assert_eq!(memo.cache().entry(&key).map(|entry| entry.value), Some(key));
    }
}

async fn p3_2_what_the_storage_clears_itself_ends_what_is_hidden<R: Timed>(rt: R) {
    let (backend, probe) = (Backend::up(), Probe::new());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).storage(probe.clone()).try_wrap(backend.method());
    memo.try_insert(1, 10).await.unwrap();
    memo.try_clear().await.unwrap();
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    at_rest(&rt, &memo).await;

    probe.allow_clear();
    memo.try_clear().await.unwrap();
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
    at_rest(&rt, &memo).await;
    let write = |key| probe.within().offer(&key, &CacheEntry::new(90, rt.now()), rt.now());
    let _done = (write(1), write(2));
    assert_eq!(answer(&memo, 1).await, (90, Source::Hit));
    assert_eq!(answer(&memo, 2).await, (90, Source::Hit));
}

/// More than are noted by name.
async fn p3_3_no_clock_shows_what_too_many_failed_insertions_were_to_replace<R: Timed>(rt: R) {
    let (backend, probe, keys) = (Backend::up(), Probe::new(), 1..=1_100);
    let memo: Numbers<R> =
        Builder::on(rt.clone()).storage(probe.clone()).try_wrap(backend.method());
    for key in keys.clone() {
        let _done = probe.within().offer(&key, &CacheEntry::new(90, rt.now() + HOUR), rt.now());
    }
    assert_eq!(answer(&memo, 1).await, (90, Source::Hit));
    probe.set(Operation::Offer, Mode::Fail("no"));
    for key in keys.clone() {
        assert!(memo.try_insert(key, 10).await.is_err());
    }
    probe.set(Operation::Offer, Mode::Pass);
    for key in keys {
        assert_eq!(answer(&memo, key).await.1, Source::Loaded);
        at_rest(&rt, &memo).await;
        assert_eq!(answer(&memo, key).await.1, Source::Hit);
    }
}
