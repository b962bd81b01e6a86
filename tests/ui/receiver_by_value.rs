//! The cache goes with the shop.
use evermemo::memoize;
use evermemo::Cache;

#[derive(Clone)]
struct Shop {
    prices: Cache<u64, u64>,
}

impl Shop {
    #[memoize(in = self.prices)]
    async fn price(self, sku: u64) -> u64 {
        sku
    }
}

fn main() {}
