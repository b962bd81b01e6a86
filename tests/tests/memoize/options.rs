//! Times, capacity, runtime and crate.

use super::Count;
use evermemo::{Policy, memoize};
use std::time::Duration;

const TEN: Duration = Duration::from_secs(10);
static RUNS: Count = Count::new();

#[memoize(
    update_after = TEN,
    expire_after = "1m30s",
    method_timeout = TEN / 2,
    capacity = 1 + 1,
    policy = Lru
)]
async fn dated(id: u32) -> u32 {
    if id == 9 {
        std::future::pending::<()>().await;
    }
    id + RUNS.one_more()
}

#[memoize(method_timeout = None, policy = Policy::LeastRecentlyUpdated)]
async fn untimed(id: u32) -> u32 {
    id
}

#[memoize(policy = S3Fifo)]
async fn queued(id: u32) -> u32 {
    id
}

#[memoize(policy = S3TinyLfu)]
async fn contested(id: u32) -> u32 {
    id
}

#[test]
fn durations_are_text_or_expressions() {
    evermemo::testing::run(async |time| {
        assert_eq!(dated(0).await.unwrap(), 1);
        time.advance(TEN - Duration::from_nanos(1)).await;
        assert_eq!(dated(0).await.unwrap(), 1);
        time.advance(Duration::from_nanos(1)).await;
        assert_eq!(dated::outcome(0).await.unwrap().source, evermemo::Source::Stale);
        time.advance(Duration::from_secs(1)).await;
        assert_eq!(dated(0).await.unwrap(), 2);
        time.advance(Duration::from_secs(90)).await;
        assert_eq!(dated::outcome(0).await.unwrap().source, evermemo::Source::Loaded);
        let started = time.elapsed();
        assert!(dated(9).await.unwrap_err().is_timeout());
        assert_eq!(time.elapsed() - started, TEN / 2);
    });
}

#[test]
fn without_a_life_nothing_is_stored() {
    #[memoize(expire_after = "0s")]
    async fn numbered() -> u32 {
        static RUNS: Count = Count::new();
        evermemo_tests::yielded().await;
        RUNS.one_more()
    }
    evermemo::testing::run(async |_| {
        let both = futures_util::future::join(numbered(), numbered()).await;
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (1, 1));
        assert_eq!(numbered().await.unwrap(), 2);
        assert_eq!(numbered::cache().len(), 0);
    });
}

#[tokio::test]
async fn capacity_and_policy_are_expressions() {
    assert_eq!(untimed(1).await.unwrap(), 1);
    assert_eq!((queued(2).await.unwrap(), contested(3).await.unwrap()), (2, 3));
    assert_eq!(dated::cache().capacity(), 2);
    let policies = [
        (dated::cache().policy(), Policy::Lru),
        (untimed::cache().policy(), Policy::LeastRecentlyUpdated),
        (queued::cache().policy(), Policy::S3Fifo),
        (contested::cache().policy(), Policy::S3TinyLfu),
    ];
    for (has, policy) in policies {
        assert_eq!(has, Some(policy));
    }
}

mod renamed {
    pub(super) use evermemo as inner;
}

#[memoize(crate = renamed::inner, runtime = evermemo::Tokio)]
async fn elsewhere(id: u32) -> u32 {
    id
}

#[tokio::test]
async fn the_crate_and_the_runtime_may_be_named() {
    assert_eq!(elsewhere(1).await.unwrap(), 1);
    let _: &evermemo::Tokio = elsewhere::cache().runtime();
}
