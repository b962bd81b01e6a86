//! A trait says what, not how.
use evermemo::memoize;
trait Load {
    #[memoize]
    async fn f(id: u64) -> u64;
}

fn main() {}
