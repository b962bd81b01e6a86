//! The cache in the place has its own.
use evermemo::memoize;
#[memoize(in = ANSWERS, stale_if_error = "1m")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
