//! The cache in the place has its own.
use evermemo::memoize;
#[memoize(in = ANSWERS, capacity = 1)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
