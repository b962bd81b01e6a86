//! Callers of what is refused are not told anything, nor is its trait.
use evermemo::memoize;
use std::{future::Future, pin::Pin};

#[memoize(ttl = "1m")]
async fn f(id: u64) -> u64 {
    id
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

trait Prices {
    fn price(&self, id: u64) -> BoxFuture<'_, u64>;
    async fn name(&self, id: u64) -> String;
}

#[derive(Clone)]
struct Shop;

impl Prices for Shop {
    #[memoize(skip(self))]
    fn price(&self, id: u64) -> BoxFuture<'_, u64> {
        Box::pin(async move { id })
    }

    #[memoize(skip(self))]
    async fn name(&self, id: u64) -> String {
        id.to_string()
    }
}

trait Rates {
    #[memoize(method)]
    async fn rate(id: u64) -> u64 {
        id
    }

    #[memoize(skip(self))]
    async fn fee(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    let _ = async {
        let one = f(1).await? + f::outcome(1).await?.value + f::uncached(1).await;
        f::invalidate(1).await;
        f::cache().clear().await;
        Ok::<u64, evermemo::Error<std::convert::Infallible>>(one + Shop.price(1).await)
    };
}
