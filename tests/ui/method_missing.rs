//! Free functions have no `Self`.
use evermemo::memoize;
#[derive(Clone)]
struct Shop(u64);

impl Shop {
    #[memoize]
    async fn price(sku: u64) -> u64 {
        Self(sku).0
    }
}

fn main() {}
