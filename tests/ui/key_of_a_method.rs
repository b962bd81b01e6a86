//! A method of a type without parameters says it once, too.
use evermemo::{Cache, memoize};

struct Pool;

#[derive(Clone)]
struct Shop {
    prices: Cache<u32, u32>,
}

impl Shop {
    #[memoize(in = self.prices)]
    async fn price(&self, pool: &Pool, id: u32) -> u32 {
        let _ = pool;
        id
    }
}

async fn asked(shop: Shop) {
    let _ = shop.price(&Pool, 1).await;
    shop.price_invalidate(&Pool, 1).await;
}

fn main() {
    let _ = asked;
}
