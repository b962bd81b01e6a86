//! Ten what?
use evermemo::memoize;
#[memoize(stale_if_error = 10)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
