//! Which one counts?
use evermemo::memoize;
#[memoize(capacity = 1, capacity = 2)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
