//! Removing answers from outside a call.

use evermemo::{
    Builder, CountStorage, DefaultInMemoryCacheConfiguration, InvalidationSupport,
    LocalInMemoryCacheStorage, LocalInvalidationSupport, MultiThreaded, MutableCacheConfiguration,
    Runtime, SingleThreaded, Source,
};
use evermemo_tests::{
    ByHand, Mode, Numbered, Operation, Probe, Timed, on_every_runtime, rows, stored, until,
};
use std::{sync::Arc, time::Duration};

on_every_runtime! {
    b85_what_is_invalidated_is_loaded_again,
    b87_invalidating_an_unknown_key_is_no_error,
    b88_invalidation_works_while_unconfigured,
    p3_2_clear_forgets_everything,
    p3_2_a_clear_hides_nothing_that_comes_after_it,
    p3_2_a_clear_hides_what_an_exchanged_storage_has_from_before,
}

async fn b85_what_is_invalidated_is_loaded_again<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    assert_eq!(memo.call(7).await.unwrap(), 1);
    memo.invalidate(&7).await;
    assert_eq!(memo.len(), 0);
    assert_eq!(memo.call(7).await.unwrap(), 2);
    assert_eq!(memo.call(7).await.unwrap(), 2);
    // A handle of the cache alone does the same.
    memo.cache().clone().invalidate(&7).await;
    assert_eq!(memo.call(7).await.unwrap(), 3);
    assert_eq!(memo.call(7).await.unwrap(), 3);
    assert_eq!(source.count(), 3);
}

async fn b87_invalidating_an_unknown_key_is_no_error<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(Numbered::open().method());
    memo.try_invalidate(&7).await.unwrap();
    assert_eq!((memo.len(), memo.stats().calls()), (0, 0));

    memo.call(1).await.unwrap();
    memo.try_invalidate(&7).await.unwrap();
    assert_eq!((memo.len(), memo.stats().calls()), (1, 1));
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
}

async fn b88_invalidation_works_while_unconfigured<R: Timed>(rt: R) {
    let configuration = mutable();
    let memo = Builder::on(rt).configuration(configuration.clone()).wrap(Numbered::open().method());
    assert_eq!(memo.call(3).await.unwrap(), 1);
    configuration.set_configured(false);
    memo.invalidate(&3).await;
    configuration.set_configured(true);
    let loaded = memo.outcome(3).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
}

async fn p3_2_clear_forgets_everything<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    for key in 1..=100 {
        memo.call(key).await.unwrap();
    }
    memo.clear().await;
    assert_eq!(memo.len(), 0);
    for key in 1..=100 {
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Loaded);
    }
    assert_eq!((memo.len(), source.count()), (100, 200));

    let (probe, source) = (Probe::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    for key in 1..=100 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    memo.try_clear().await.unwrap();
    rt.advance(Duration::from_nanos(1));
    assert_eq!(memo.len(), 100, "it cannot clear itself");
    for key in 1..=100 {
        let loaded = memo.outcome(key).await.unwrap();
        assert_eq!((loaded.value, loaded.source), (100 + key, Source::Loaded));
    }
    until(&rt, || memo.cache().in_flight() == 0).await;
    for key in 1..=100 {
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Hit);
    }
    assert_eq!(source.count(), 200);
}

async fn p3_2_a_clear_hides_nothing_that_comes_after_it<R: Timed>(rt: R) {
    let (probe, nanosecond) = (Probe::new(), Duration::from_nanos(1));
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(Numbered::open().method());
    memo.call(1).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    memo.try_clear().await.unwrap();
    rt.advance(nanosecond);
    // By hand or by a load, even with the clock set back at the next clearing.
    memo.try_insert(1, 100).await.unwrap();
    assert_eq!(memo.call(1).await.unwrap(), 100);
    memo.call(2).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(memo.outcome(2).await.unwrap().source, Source::Hit);
    memo.try_invalidate(&1).await.unwrap();
    assert_eq!((stored(probe.within(), &1), probe.within().len()), (None, 1));
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
}

async fn p3_2_a_clear_hides_what_an_exchanged_storage_has_from_before<R: Timed>(rt: R) {
    let (probe, memory) = (Probe::new(), Arc::new(LocalInMemoryCacheStorage::new(10)));
    let configuration = mutable();
    configuration.set_storage(memory.clone());
    let memo = Builder::on(rt.clone())
        .configuration(configuration.clone())
        .wrap(Numbered::open().method());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    // It cannot clear itself, so what was created before is hidden, wherever it lies.
    configuration.set_storage(probe);
    memo.try_clear().await.unwrap();
    rt.advance(Duration::from_nanos(1));

    configuration.set_storage(memory.clone());
    assert!(stored(&memory, &1).is_some());
    let loaded = memo.outcome(1).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
}

/// What takes a support that multi-threaded runtimes alone can give.
mod supports {
    use super::*;

    type Threads<R> = ByHand<R, MultiThreaded>;

    macro_rules! on_threads {
        ($($scenario:ident),*) => {
            $(mod $scenario {
                use super::*;

                #[test]
                fn tokio_multi_thread() {
                    rows::tokio_multi_thread(super::$scenario);
                }

                #[test]
                fn tokio_current_thread() {
                    rows::tokio_current_thread(super::$scenario);
                }

                #[test]
                fn async_std() {
                    rows::async_std(super::$scenario);
                }

                #[test]
                fn smol() {
                    rows::smol(super::$scenario);
                }

                #[test]
                fn virtual_time() {
                    rows::virtual_time(super::$scenario);
                }
            })*
        };
    }

    on_threads! {
        b85_a_support_invalidates_as_the_cache_does,
        b91_each_cache_has_an_invalidation_of_its_own,
        b92_invalidation_follows_an_exchanged_storage,
        p7_1_what_a_support_fails_to_remove_is_returned_and_counted_once
    }

    async fn b85_a_support_invalidates_as_the_cache_does<R>(rt: Threads<R>)
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        let source = Numbered::open();
        let memo = Builder::on(rt).wrap(source.method());
        let support: InvalidationSupport<u64> = memo.invalidation();
        assert_eq!(memo.call(7).await.unwrap(), 1);
        support.clone().invalidate_for_arguments(7).await.unwrap();
        assert_eq!((memo.call(7).await.unwrap(), memo.call(7).await.unwrap()), (2, 2));
        support.invalidate_for_arguments(7).await.unwrap();
        assert_eq!(memo.call(7).await.unwrap(), 3);
        assert_eq!(source.count(), 3);
    }

    async fn b91_each_cache_has_an_invalidation_of_its_own<R>(rt: Threads<R>)
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        let first = Builder::on(rt.clone()).wrap(|_: u64| async { 1 });
        let second = Builder::on(rt).wrap(|_: u64| async { "2" });
        let supports = [first.invalidation(), second.invalidation()];
        first.call(7).await.unwrap();
        second.call(7).await.unwrap();

        supports[0].invalidate_for_arguments(7).await.unwrap();
        assert_eq!(second.outcome(7).await.unwrap().source, Source::Hit);
        assert_eq!(first.outcome(7).await.unwrap().source, Source::Loaded);

        supports[1].invalidate_for_arguments(7).await.unwrap();
        assert_eq!(second.outcome(7).await.unwrap().source, Source::Loaded);
        assert_eq!(first.outcome(7).await.unwrap().source, Source::Hit);
    }

    async fn b92_invalidation_follows_an_exchanged_storage<R>(rt: Threads<R>)
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        let configuration = mutable();
        let memo =
            Builder::on(rt).configuration(configuration.clone()).wrap(Numbered::open().method());
        let support = memo.invalidation();
        assert_eq!(memo.call(3).await.unwrap(), 1);

        let exchanged = Arc::new(LocalInMemoryCacheStorage::new(10));
        configuration.set_storage(exchanged.clone());
        assert_eq!(memo.call(3).await.unwrap(), 2);
        support.invalidate_for_arguments(3).await.unwrap();
        assert!(CountStorage::is_empty(&exchanged));
        assert_eq!(memo.call(3).await.unwrap(), 3);
    }

    async fn p7_1_what_a_support_fails_to_remove_is_returned_and_counted_once<R>(rt: Threads<R>)
    where
        R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync,
    {
        let probe = Probe::new();
        let memo = Builder::on(rt).storage(probe.clone()).wrap(Numbered::open().method());
        let support: InvalidationSupport<u64> = memo.invalidation();
        probe.next(Operation::Release, Mode::Fail("no"));
        let error = support.invalidate_for_arguments(7).await.expect_err("the storage fails");
        assert_eq!((error.to_string(), memo.stats().storage_errors), ("no".into(), 1));
        support.invalidate_for_arguments(7).await.unwrap();
        assert_eq!(memo.stats().storage_errors, 1);
    }

    #[test]
    fn b85_a_local_support_invalidates_on_its_own_thread() {
        async fn scenario<R>(rt: ByHand<R, SingleThreaded>)
        where
            R: Runtime<Threading = SingleThreaded>,
        {
            let memo = Builder::on(rt).wrap(Numbered::open().method());
            let support: LocalInvalidationSupport<u64> = memo.local_invalidation();
            assert_eq!(memo.call(7).await.unwrap(), 1);
            support.invalidate_for_arguments(7).await.unwrap();
            assert_eq!(memo.call(7).await.unwrap(), 2);
        }
        rows::smol_local(scenario);
    }
}

fn mutable() -> MutableCacheConfiguration<u32, u32> {
    MutableCacheConfiguration::initialized_with(DefaultInMemoryCacheConfiguration::default())
}
