//! What `#[async_trait]` makes of a method returns a boxed future.
use evermemo::memoize;
use std::{future::Future, pin::Pin};

trait Prices {
    fn price(&self, sku: u32) -> Pin<Box<dyn Future<Output = u32> + Send + '_>>;
}

#[derive(Clone)]
struct Shop;

impl Shop {
    #[memoize(skip(self))]
    fn price(&self, sku: u32) -> Pin<Box<dyn Future<Output = u32> + Send + '_>> {
        Box::pin(async move { sku })
    }
}

fn main() {}
