//! The load cannot have the shop.
use evermemo::memoize;
struct Shop(u64);

impl Shop {
    #[memoize(skip(self))]
    async fn price(&self, sku: u64) -> u64 {
        self.0 + sku
    }
}

fn main() {}
