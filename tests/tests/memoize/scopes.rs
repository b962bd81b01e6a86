//! Tests of users that run at the same time: each has the caches of its own runtime.

use evermemo::{caches, memoize, testing};
use evermemo_tests::caught_now;
use std::{sync::Barrier, thread};
use tokio::runtime::{Builder, Runtime};

#[memoize(listed, skip(pool))]
async fn price(pool: usize, sku: u32) -> String {
    tokio::task::yield_now().await;
    format!("{sku} in {pool}")
}

#[memoize(skip(pool))]
async fn generic<T: Clone + Send + Sync + 'static>(pool: T, sku: u32) -> (T, u32) {
    (pool, sku)
}

#[memoize(key = u64::from(sku))]
async fn keyed(pool: usize, sku: u32) -> (usize, u32) {
    (pool, sku)
}

fn tokio() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime")
}

#[test]
fn p10_1_tests_that_run_at_the_same_time_have_caches_of_their_own() {
    const TESTS: usize = 100;
    let together = Barrier::new(TESTS);
    thread::scope(|scope| {
        for pool in 0..TESTS {
            let together = &together;
            scope.spawn(move || {
                tokio().block_on(async {
                    let _scope = testing::scope();
                    together.wait();
                    let own = format!("7 in {pool}");
                    assert_eq!(price(pool, 7).await.unwrap(), own);
                    let spawned = tokio::spawn(async { price(1_000, 7).await.unwrap() });
                    assert_eq!(spawned.await.unwrap(), own);
                    assert_eq!(generic(pool, 7).await.unwrap(), (pool, 7));
                    let text = pool.to_string();
                    assert_eq!(generic(text.clone(), 7).await.unwrap(), (text, 7));
                    assert_eq!(generic(1_000, 7).await.unwrap(), (pool, 7));
                    assert_eq!(keyed(pool, 7).await.unwrap(), (pool, 7));
                    assert_eq!((price::cache().len(), generic::cache::<String>().len()), (1, 1));
                });
            });
        }
    });
    // Outside there is the one of the process, as ever.
    tokio().block_on(async {
        assert_eq!(price::cache().len(), 0);
        assert_eq!(price(1, 7).await.unwrap(), "7 in 1");
        let scope = testing::scope();
        assert_eq!(price(2, 7).await.unwrap(), "7 in 2");
        drop(scope);
        assert_eq!(price(3, 7).await.unwrap(), "7 in 1");
    });
    let name = |cache: caches::ListedCache| cache.name().name() == "price";
    assert!(caches::global().iter().any(name));
}

#[test]
fn p10_1_a_runtime_has_one_scope() {
    let message = |panicked: Result<_, Box<dyn std::any::Any + Send>>| -> String {
        let payload = panicked.map(|_: testing::Scope| ()).expect_err("it is refused");
        let text = payload.downcast_ref::<String>().cloned();
        text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).into())).expect("a text")
    };
    tokio().block_on(async {
        let first = testing::scope();
        assert!(message(caught_now(testing::scope)).contains("has a scope already"));
        drop(first);
        drop(testing::scope());
    });
    assert!(message(caught_now(testing::scope)).contains("outside a tokio runtime"));
}

#[test]
fn p10_1_each_run_on_virtual_time_starts_empty() {
    for pool in 0..3 {
        testing::run(async |_| {
            assert_eq!(keyed(pool, 8).await.unwrap(), (pool, 8));
            assert!(caught_now(testing::scope).is_err());
        });
    }
}
