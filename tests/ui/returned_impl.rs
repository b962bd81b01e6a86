//! The type of the value has no name.
use evermemo::memoize;
#[memoize]
async fn f(n: u64) -> impl Clone {
    n
}

fn main() {}
