//! A free function has no receiver.
use evermemo::memoize;
#[memoize(skip(self))]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
