//! Futures of handles are `Send` whatever keys, values and errors borrow for ever or hide.

use std::{
    borrow::Cow,
    error::Error as StdError,
    sync::{Arc, LazyLock},
};

use evermemo::{Cache, Cached, Error, Memo};
use futures_util::{
    StreamExt,
    future::{join, join_all},
    stream::iter,
};

use crate::send;

type Boxed = Box<dyn StdError + Send + Sync>;

pub(crate) trait Price: Send + Sync {
    fn cents(&self) -> u64;
}

struct Fixed(u64);

impl Price for Fixed {
    fn cents(&self) -> u64 {
        self.0
    }
}

fn price() -> Arc<dyn Price> {
    Arc::new(Fixed(3))
}

/// For each row, handles of these types are called in async functions that borrow them, and in
/// spawned tasks.
macro_rules! handles {
    ($($name:ident: $key:ty, $value:ty, $error:ty, $k:expr, $v:expr;)*) => {
        $(mod $name {
            use super::*;

            struct App {
                memo: Memo<$key, $value, $error>,
                cache: Cache<$key, $value, $error>,
            }

            impl App {
                fn new() -> Self {
                    let load = async |_: $key| -> Result<$value, $error> {
                        tokio::task::yield_now().await;
                        Ok($v)
                    };
                    let memo = evermemo::builder().try_wrap(load);
                    Self { memo, cache: evermemo::builder().build() }
                }

                async fn call(&self) -> bool {
                    self.memo.call($k).await.is_ok()
                }

                async fn all(&self) -> Result<(), Error<$error>> {
                    self.memo.call($k).await?;
                    self.memo.call_args($k).await?;
                    self.memo.outcome($k).await?;
                    self.memo.force_refresh($k).await?;
                    let load = async |_| -> Result<$value, $error> { Ok($v) };
                    self.cache.get_with($k, load).await?;
                    self.cache.get_args_with($k, load).await?;
                    self.cache.get_with($k, load).outcome().await?;
                    self.cache.get_with($k, load).force().await?;
                    let load = async |_, _| -> Result<Cached<$value>, $error> {
                        Ok(Cached::new($v))
                    };
                    self.cache.load_with($k, load).await?;
                    for cache in [&self.cache, self.memo.cache()] {
                        cache.insert($k, $v).await;
                        assert!(cache.entry(&$k).is_some());
                        cache.invalidate(&$k).await;
                        cache.clear().await;
                        assert_eq!(cache.len(), 0);
                        cache.try_insert($k, $v).await.unwrap();
                        assert!(cache.entry(&$k).is_some());
                        cache.try_invalidate(&$k).await.unwrap();
                        cache.try_clear().await.unwrap();
                        assert_eq!(cache.len(), 0);
                    }
                    self.memo.insert($k, $v).await;
                    self.memo.invalidate(&$k).await;
                    self.memo.clear().await;
                    self.memo.try_insert($k, $v).await.unwrap();
                    self.memo.try_invalidate(&$k).await.unwrap();
                    self.memo.try_clear().await.unwrap();
                    Ok(())
                }
            }

            /// As a handler of a web framework is: it owns what it is called with.
            async fn handler(app: Arc<App>) -> Result<$value, Error<$error>> {
                app.memo.call($k).await
            }

            #[tokio::test]
            async fn futures_of_handles_are_send() {
                let app = Arc::new(App::new());
                assert!(send(app.call()).await);
                assert!(send(app.all()).await.is_ok());
                assert!(tokio::spawn(handler(app.clone())).await.unwrap().is_ok());
                let shared = app.clone();
                let spawned = tokio::spawn(async move {
                    shared.memo.call($k).await.is_ok() && shared.all().await.is_ok()
                });
                assert!(spawned.await.unwrap());
                let (memo, cache) = (app.memo.clone(), app.cache.clone());
                let spawned = tokio::spawn(async move {
                    let load = async |_| -> Result<$value, $error> { Ok($v) };
                    memo.call($k).await.is_ok() && cache.get_with($k, load).await.is_ok()
                });
                assert!(spawned.await.unwrap());
            }

            #[tokio::test]
            async fn calls_that_run_together_are_send() {
                let App { memo, cache, .. } = App::new();
                let spawned = tokio::spawn(async move {
                    let load = async |_| -> Result<$value, $error> { Ok($v) };
                    let both = join(memo.call($k), cache.get_with($k, load)).await;
                    let all = join_all([$k, $k].map(|key| memo.call(key))).await;
                    let some = iter([$k, $k].map(|key| cache.get_with(key, load)));
                    let some = some.buffer_unordered(2).collect::<Vec<_>>().await;
                    both.0.is_ok() && all.into_iter().chain(some).all(|call| call.is_ok())
                });
                assert!(spawned.await.unwrap());
            }
        })*
    };
}

handles! {
    statics: &'static str, &'static str, &'static str, "a", "b";
    cows: Cow<'static, str>, Cow<'static, str>, Cow<'static, str>, Cow::Borrowed("a"), "b".into();
    objects: u64, Arc<dyn Price>, Boxed, 1, price();
    boxes: &'static str, &'static str, Boxed, "a", "b";
    tuples: (String, u32), (String, u32), (String, u32), ("a".into(), 1), ("b".into(), 2);
    options: Option<&'static str>, Option<&'static str>, Option<&'static str>, Some("a"), None;
    mixed: (&'static str, Cow<'static, str>), Option<Arc<dyn Price>>, anyhow::Error,
        ("a", "x".into()), Some(price());
    functions: u64, fn(&str) -> usize, anyhow::Error, 1, str::len as fn(&str) -> usize;
    plain: String, Vec<u8>, std::io::Error, "a".into(), vec![1];
}

#[tokio::test]
async fn a_value_behind_an_object_is_the_one_that_was_loaded() {
    let prices = evermemo::wrap(async |_: u64| price());
    assert_eq!(prices.call(7).await.unwrap().cents(), 3);
}

static EVERYWHERE: LazyLock<Cache<&'static str, &'static str, Boxed>> =
    LazyLock::new(|| evermemo::builder().build());

#[tokio::test]
async fn a_static_cache_serves_every_task() {
    let call = EVERYWHERE.get_with("a", async |_| Ok("b"));
    assert_eq!(tokio::spawn(call).await.unwrap().unwrap(), "b");
    let hit = EVERYWHERE.get_ref_with(&"a", async |_| Err("no load runs".into())).await;
    assert_eq!(hit.unwrap(), "b");
}
