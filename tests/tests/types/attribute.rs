//! Memoized functions in tasks, whatever their types borrow for ever or hide.

use std::{borrow::Cow, error::Error as StdError, sync::Arc};

use evermemo::{Cache, memoize};

use crate::send;

type Boxed = Box<dyn StdError + Send + Sync>;

#[memoize]
async fn word(word: &'static str) -> Result<Cow<'static, str>, Boxed> {
    tokio::task::yield_now().await;
    Ok(word.into())
}

#[memoize]
async fn parsed(text: Cow<'static, str>) -> Result<u64, anyhow::Error> {
    Ok(text.parse()?)
}

#[memoize]
async fn shown(numbers: &[u64]) -> Arc<dyn Fn() -> String + Send + Sync> {
    let text = format!("{numbers:?}");
    Arc::new(move || text.clone())
}

#[derive(Clone)]
struct Shop {
    titles: Cache<(&'static str, u32), &'static str, Boxed>,
}

impl Shop {
    #[memoize(in = self.titles)]
    async fn title(&self, lang: &'static str, _sku: u32) -> Result<&'static str, Boxed> {
        Ok(lang)
    }

    async fn titles(&self) -> usize {
        let mut count = 0;
        for sku in 0..3 {
            count += usize::from(self.title("en", sku).await.is_ok());
        }
        count
    }
}

#[tokio::test]
async fn calls_of_memoized_functions_are_send() {
    assert_eq!(tokio::spawn(word("a")).await.unwrap().unwrap(), "a");
    assert_eq!(send(word::outcome("a")).await.unwrap().value, "a");
    assert_eq!(send(word::force_refresh("a")).await.unwrap(), "a");
    send(word::invalidate("a")).await;
    send(word::cache().clear()).await;
    assert!(tokio::spawn(parsed("seven".into())).await.unwrap().is_err());
    let shown = tokio::spawn(async { shown(&[1, 2]).await.unwrap()() });
    assert_eq!(shown.await.unwrap(), "[1, 2]");
    let shop = Shop { titles: evermemo::builder().build() };
    assert_eq!(tokio::spawn(async move { shop.titles().await }).await.unwrap(), 3);
}
