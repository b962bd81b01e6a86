//! Caches in places: found in an argument, of components of their own, on any runtime.

use evermemo::{
    Auto, Cache, CacheEntry, Instant, MethodName, MultiThreaded, Runtime, Source, memoize,
};
use std::{sync::LazyLock, time::Duration};

#[derive(Clone)]
struct Pool {
    rows: Cache<(u32, String), String>,
    by: u32,
}

#[memoize(in = pool.rows, skip(pool))]
async fn row(pool: &Pool, id: u32, table: &str) -> String {
    format!("{table} {}", id * pool.by)
}

static DATED: LazyLock<Cache<u32, u32>> = LazyLock::new(|| {
    let dated = |_: &u32, value: u32, now: Instant| {
        CacheEntry::new(value, now).expires_after(now + Duration::from_secs(value.into()))
    };
    evermemo::builder().entry_builder(dated).build()
});

#[memoize(in = DATED)]
async fn dated(seconds: u32) -> u32 {
    seconds
}

static FOLDED: LazyLock<Cache<String, usize>> = LazyLock::new(|| {
    let folded = |_: MethodName, name: &String| name.to_lowercase();
    evermemo::builder().key_extractor(folded).build()
});

#[memoize(in = FOLDED)]
async fn length(name: &str) -> usize {
    name.len()
}

#[derive(Clone)]
struct Shop<R: Runtime>(Cache<u32, u32, String, R>);

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Shop<R> {
    #[memoize(in = self.0)]
    async fn price(&self, sku: u32) -> Result<u32, String> {
        Ok(sku + 1)
    }
}

#[tokio::test]
async fn an_argument_that_is_skipped_may_hold_one() {
    let pools = [1, 2].map(|by| Pool { rows: evermemo::builder().build(), by });
    for pool in &pools {
        assert_eq!(row(pool, 7, "t").await.unwrap(), format!("t {}", 7 * pool.by));
        assert_eq!(row::outcome(pool, 7, "t").await.unwrap().source, Source::Hit);
    }
    row::invalidate(&pools[0], 7, "t").await;
    assert_eq!((pools[0].rows.len(), pools[1].rows.len()), (0, 1));
}

#[test]
fn one_may_give_entries_their_times() {
    evermemo::testing::run(async |time| {
        assert_eq!((dated(1).await.unwrap(), dated(9).await.unwrap()), (1, 9));
        time.advance(Duration::from_secs(1)).await;
        assert_eq!(dated::outcome(1).await.unwrap().source, Source::Loaded);
        assert_eq!(dated::outcome(9).await.unwrap().source, Source::Hit);
    });
}

#[tokio::test]
async fn one_may_make_keys() {
    assert_eq!((length("Ann").await.unwrap(), length("ANN").await.unwrap()), (3, 3));
    assert_eq!(FOLDED.stats().loads, 1);
    length::invalidate("aNN").await;
    assert_eq!(FOLDED.len(), 0);
}

#[tokio::test]
async fn one_may_be_on_a_runtime_without_a_name() {
    let shop = Shop::<Auto>(evermemo::builder().build());
    assert_eq!((shop.price(1).await.unwrap(), shop.price(1).await.unwrap()), (2, 2));
    assert_eq!(shop.0.stats().loads, 1);
}
