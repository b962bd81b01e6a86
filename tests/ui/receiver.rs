//! Where do the answers of one shop belong?
use evermemo::memoize;
#[derive(Clone)]
struct Shop(u64);

impl Shop {
    #[memoize]
    async fn price(&self, sku: u64) -> u64 {
        self.0 + sku
    }
}

fn main() {
    let _ = async { Shop(1).price(1).await.unwrap() };
}
