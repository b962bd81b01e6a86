//! The body of a provided method is a load.
use evermemo::{Cache, memoize};
use std::rc::Rc;

trait Prices {
    fn cache(&self) -> Cache<u32, u32>;

    #[memoize(in = self.cache())]
    async fn price(&self, sku: u32) -> u32 {
        let sku = Rc::new(sku);
        std::future::ready(()).await;
        *sku
    }
}

fn main() {}
