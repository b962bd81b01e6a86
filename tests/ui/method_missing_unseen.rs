//! Nothing in the function tells that it is not a free one.
use evermemo::memoize;
#[derive(Clone)]
struct Shop(u64);

impl Shop {
    #[memoize]
    async fn price(sku: u64) -> u64 {
        sku
    }
}

fn main() {}
