//! Values that are large, and are not behind a pointer, on stacks of 2 MiB.

use evermemo::{
    Builder, CacheEntry, Cached, LeastRecentlyUpdatedEvictionStrategy, Memo, Runtime, Source,
};
use evermemo_tests::{Gate, Timed, on_every_runtime, polled, until};
use std::{convert::Infallible, time::Duration};

use crate::flights::soon;

on_every_runtime! {
    a_large_value_is_loaded_and_hit,
    a_large_value_is_refreshed_and_handed_on,
    a_large_value_is_inserted_and_evicts_others,
    a_large_value_is_forced_and_joined,
    a_large_value_goes_through_components,
}

const LARGE: usize = 64 << 10;
const SECOND: Duration = Duration::from_secs(1);

type Large = [u8; LARGE];
type Values<R> = Memo<u8, Large, Infallible, R>;

async fn large(n: u8) -> Large {
    [n; LARGE]
}

// Each step is a future of its own, so that little of the stack is the test's.

async fn is(memo: &Values<impl Runtime>, n: u8) -> bool {
    memo.call(n).await.is_ok_and(|value| value[LARGE - 1] == n)
}

async fn comes_from(memo: &Values<impl Runtime>, n: u8, source: Source) -> bool {
    memo.outcome(n).await.is_ok_and(|outcome| outcome.value[0] == n && outcome.source == source)
}

/// In a box, as the value is in the future of its insertion until that is polled.
async fn insert(memo: &Values<impl Runtime>, n: u8) {
    assert!(Box::pin(memo.try_insert(n, [n; LARGE])).await.is_ok());
}

async fn a_large_value_is_loaded_and_hit<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).wrap(large);
    assert!(comes_from(&memo, 1, Source::Loaded).await);
    assert!(comes_from(&memo, 1, Source::Hit).await && is(&memo, 1).await);
    assert!(memo.cache().entry(&1).is_some());
}

async fn a_large_value_is_refreshed_and_handed_on<R: Timed>(rt: R) {
    let builder = Builder::on(rt.clone()).update_after(SECOND);
    let memo = builder.wrap_loader(|n: u8, previous: Option<CacheEntry<Large>>| async move {
        Ok(Cached::new(previous.map_or([n; LARGE], |previous| previous.value)))
    });
    assert!(is(&memo, 1).await);
    rt.advance(SECOND);
    assert!(comes_from(&memo, 1, Source::Stale).await);
    until(&rt, || memo.stats().refreshes == 1 && memo.cache().in_flight() == 0).await;
    assert!(comes_from(&memo, 1, Source::Hit).await);
}

async fn a_large_value_is_inserted_and_evicts_others<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).capacity(2).wrap(large);
    for n in [1, 1, 2, 3, 4] {
        insert(&memo, n).await;
    }
    assert!(is(&memo, 4).await && is(&memo, 5).await);
    memo.cache().set_capacity(1);
    assert_eq!(memo.len(), 1);
    memo.try_invalidate(&5).await.unwrap();
}

async fn a_large_value_is_forced_and_joined<R: Timed>(rt: R) {
    let gate = Gate::shut();
    let opened = gate.clone();
    let memo = Builder::on(rt.clone()).wrap(move |n: u8| {
        let passed = opened.passed();
        async move {
            passed.await;
            [n; LARGE]
        }
    });
    let mut led = Box::pin(is(&memo, 1));
    let mut joined = Box::pin(is(&memo, 1));
    assert!(polled(&mut led).await.is_pending() && polled(&mut joined).await.is_pending());
    gate.open();
    assert!(soon(&rt, led).await && soon(&rt, joined).await);
    let forced = async |memo: &Values<_>| memo.force_refresh(1).await.is_ok();
    assert!(soon(&rt, Box::pin(forced(&memo))).await);
}

async fn a_large_value_goes_through_components<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .postprocessing(|value: Large| value)
        .wrap(large);
    assert!(is(&memo, 1).await && is(&memo, 2).await);
    assert!(comes_from(&memo, 2, Source::Hit).await);
    insert(&memo, 3).await;
}
