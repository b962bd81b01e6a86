//! The expression is no number.
use evermemo::memoize;
#[memoize(capacity = "many")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
