//! Values that are not worth keeping.

use super::Count;
use evermemo::memoize;
use std::time::Duration;

static RUNS: Count = Count::new();

#[memoize(
    cache_if = |found: &Option<u32>| found.is_some(),
    expire_after = "1h",
    update_after = "never"
)]
async fn found(id: u32) -> Option<u32> {
    RUNS.one_more();
    (id > 3).then_some(id)
}

#[memoize(cache_if = |text| !text.is_empty())]
async fn fallible(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

#[test]
fn what_it_refuses_is_returned_and_not_stored() {
    evermemo::testing::run(async |time| {
        assert_eq!((found(1).await.unwrap(), found(1).await.unwrap()), (None, None));
        assert_eq!((RUNS.get(), found::cache().len()), (2, 0));
        assert_eq!((found(4).await.unwrap(), found(4).await.unwrap()), (Some(4), Some(4)));
        assert_eq!((RUNS.get(), found::cache().len()), (3, 1));
        // The durations are kept beside the predicate.
        time.advance(Duration::from_secs(3_599)).await;
        assert_eq!((found(4).await.unwrap(), RUNS.get()), (Some(4), 3));
        time.advance(Duration::from_secs(1)).await;
        assert_eq!((found(4).await.unwrap(), RUNS.get()), (Some(4), 4));
    });
}

#[tokio::test]
async fn it_sees_the_value_of_a_result() {
    assert_eq!(fallible("").await.unwrap(), "");
    assert_eq!(fallible("a").await.unwrap(), "a");
    assert_eq!(fallible::cache().len(), 1);
}

#[test]
fn what_it_refuses_takes_no_place() {
    #[memoize(cache_if = |run| *run != 2, update_after = "1s", expire_after = "1h")]
    async fn run() -> u32 {
        static RUNS: Count = Count::new();
        RUNS.one_more()
    }
    evermemo::testing::run(async |time| {
        assert_eq!(run().await.unwrap(), 1);
        time.advance(Duration::from_secs(1)).await;
        assert_eq!(run().await.unwrap(), 1); // a refresh starts, whose value is refused
        time.advance(Duration::from_secs(1)).await;
        assert_eq!(run().await.unwrap(), 1);
        time.advance(Duration::from_secs(1)).await;
        assert_eq!(run().await.unwrap(), 3);
    });
}

#[test]
fn concurrent_callers_share_what_is_not_stored() {
    evermemo::testing::run(async |_| {
        #[memoize(cache_if = |_| false, skip(runs))]
        async fn slow(runs: &'static Count, id: u32) -> u32 {
            evermemo_tests::yielded().await;
            runs.one_more() + id
        }
        static SLOW: Count = Count::new();
        let (a, b) = futures_util::future::join(slow(&SLOW, 0), slow(&SLOW, 0)).await;
        assert_eq!((a.unwrap(), b.unwrap()), (1, 1));
        assert_eq!(slow(&SLOW, 0).await.unwrap(), 2);
    });
}
