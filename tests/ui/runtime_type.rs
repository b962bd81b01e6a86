//! It is no runtime.
use evermemo::memoize;
#[memoize(runtime = String)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
