//! A number is not yet an early refresh.
use evermemo::memoize;
#[memoize(early_refresh = 1.0)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
