//! The expression is no number.
use evermemo::memoize;
#[memoize(max_loads = "many")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
