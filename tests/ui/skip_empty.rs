//! Nothing is skipped.
use evermemo::memoize;
#[memoize(skip())]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
