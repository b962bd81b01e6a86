//! The receiver says it.
use evermemo::memoize;
#[derive(Clone)]
struct Shop(u64);

impl Shop {
    #[memoize(skip(self), method)]
    async fn price(&self, sku: u64) -> u64 {
        self.0 + sku
    }
}

fn main() {}
