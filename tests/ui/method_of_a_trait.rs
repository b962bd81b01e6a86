//! The companions are not items of the trait.
use evermemo::memoize;
trait Load {
    async fn load(&self, id: u64) -> evermemo::Result<u64>;
}
#[derive(Clone)]
struct Shop;
impl Load for Shop {
    #[memoize(skip(self))]
    async fn load(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
