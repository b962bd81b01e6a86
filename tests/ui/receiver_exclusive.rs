//! A hit would change nothing.
use evermemo::memoize;
#[derive(Clone)]
struct Shop(u64);

impl Shop {
    #[memoize(skip(self))]
    async fn price(&mut self, sku: u64) -> u64 {
        self.0 + sku
    }
}

fn main() {}
