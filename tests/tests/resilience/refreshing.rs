//! Loads that are started in the background by request.

use super::{HOUR, Numbers, SECOND, answer, at_rest, backend::Backend};

use evermemo::{
    Backoff, Builder, CacheEntry, Cached, DefaultInMemoryCacheConfiguration, ErrorKind,
    MutableCacheConfiguration, Refresh, Source,
};
use evermemo_tests::{Numbered, Probe, Timed, on_every_runtime, polled};
use std::convert::Infallible;

on_every_runtime! {
    p4_12_a_refresh_by_request_loads_in_the_background_and_returns_at_once,
    p4_12_a_refresh_by_request_says_why_it_cannot_begin,
    p4_12_a_refresh_by_request_begins_in_a_pause,
    p4_12_a_refresh_by_request_hands_over_the_entry_that_it_replaces,
}

async fn p4_12_a_refresh_by_request_loads_in_the_background_and_returns_at_once<R: Timed>(rt: R) {
    for waits in [false, true] {
        let source = Numbered::shut();
        let builder = Builder::on(rt.clone());
        let memo = match waits {
            false => builder.wrap(source.method::<u32>()),
            true => builder.storage(Probe::new()).wrap(source.method::<u32>()),
        };
        memo.insert(7, 70).await;
        assert_eq!(memo.refresh(7).unwrap(), Refresh::Started);
        assert_eq!(memo.call_ref(&7).refresh().unwrap(), Refresh::UnderWay);
        // What is stored answers until the load has ended.
        let outcome = memo.outcome(7).await.unwrap();
        assert_eq!((outcome.value, outcome.source), (70, Source::Hit));
        // A caller that finds nothing joins.
        assert_eq!(memo.refresh(8).unwrap(), Refresh::Started);
        let mut call = Box::pin(memo.outcome(8));
        assert!(polled(&mut call).await.is_pending());
        source.gates.open_all();
        assert_eq!(call.await.unwrap().source, Source::Joined);
        at_rest(&rt, &memo).await;
        assert!(memo.call(7).await.unwrap() <= 2 && memo.call(8).await.unwrap() <= 2);
        let stats = memo.stats();
        assert_eq!((source.count(), stats.refreshes, stats.loads), (2, 2, 0));
        assert_eq!((stats.hits, stats.joins, stats.calls()), (3, 1, 4));
        // What is removed meanwhile is not stored again.
        assert_eq!(memo.refresh(7).unwrap(), Refresh::Started);
        memo.invalidate(&7).await;
        at_rest(&rt, &memo).await;
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Loaded);
    }
}

async fn p4_12_a_refresh_by_request_says_why_it_cannot_begin<R: Timed>(rt: R) {
    let configuration = MutableCacheConfiguration::initialized_with(
        DefaultInMemoryCacheConfiguration::<u32, u32>::default(),
    );
    let source = Numbered::open();
    let memo =
        Builder::on(rt.clone()).configuration(configuration.clone()).wrap(source.method::<u32>());
    configuration.set_configured(false);
    assert_eq!(memo.refresh(7).unwrap_err().kind(), ErrorKind::NotConfigured);
    configuration.set_configured(true);
    rt.set_bound(false);
    assert_eq!(memo.refresh(7).unwrap_err().kind(), ErrorKind::NoRuntime);
    rt.set_bound(true);
    assert_eq!((source.count(), memo.stats().calls(), memo.in_flight()), (0, 0, 0));
    assert_eq!(memo.refresh(7).unwrap(), Refresh::Started);
    at_rest(&rt, &memo).await;
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn p4_12_a_refresh_by_request_begins_in_a_pause<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(SECOND)
        .expire_after(HOUR)
        .refresh_backoff(Backoff::exponential(HOUR, HOUR))
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    backend.fail();
    for refreshes in 1..=3 {
        assert_eq!(memo.refresh(1).unwrap(), Refresh::Started);
        at_rest(&rt, &memo).await;
        assert_eq!((memo.stats().refreshes, memo.stats().refresh_failures), (refreshes, refreshes));
    }
    // Its failures pause the refreshes that nobody has asked for.
    rt.advance(SECOND);
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(backend.count(), 4);
}

async fn p4_12_a_refresh_by_request_hands_over_the_entry_that_it_replaces<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).wrap_loader(
        |_: u32, previous: Option<CacheEntry<u32>>| async move {
            Ok::<_, Infallible>(Cached::new(previous.map_or(1, |previous| previous.value + 1)))
        },
    );
    for value in 1..=3 {
        assert_eq!(memo.refresh(7).unwrap(), Refresh::Started);
        at_rest(&rt, &memo).await;
        assert_eq!(memo.cache().entry(&7).unwrap().value, value);
    }
}
