//! A capacity of what?
use evermemo::memoize;
#[memoize(capacity)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
