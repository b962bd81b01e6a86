//! A share is not yet a jitter.
use evermemo::memoize;
#[memoize(jitter = 0.1)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
