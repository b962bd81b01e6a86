//! A provided method has no cache but one of the implementor's.
use evermemo::memoize;

trait Prices: Clone + Send + Sync + 'static {
    #[memoize]
    async fn price(&self, sku: u32) -> u32 {
        sku
    }

    #[memoize(skip(self))]
    async fn name(&self, sku: u32) -> String {
        sku.to_string()
    }
}

fn main() {}
