//! The cache of a provided method is of the method's types.
use evermemo::{Cache, memoize};

trait Prices {
    fn cache(&self) -> Cache<u64, u32>;

    #[memoize(in = self.cache())]
    async fn price(&self, sku: u32) -> u32 {
        sku
    }
}

fn main() {}
