//! There is no such policy.
use evermemo::memoize;
#[memoize(policy = Random)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
