//! The expression is no duration.
use evermemo::memoize;
#[memoize(expire_after = 10_u64 + 1)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
