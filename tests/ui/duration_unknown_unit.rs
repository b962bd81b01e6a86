//! There is no such unit.
use evermemo::memoize;
#[memoize(expire_after = "10 minutes")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
