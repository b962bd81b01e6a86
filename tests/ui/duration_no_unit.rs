//! Ten what?
use evermemo::memoize;
#[memoize(update_after = 10)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
