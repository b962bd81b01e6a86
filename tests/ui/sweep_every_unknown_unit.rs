//! There is no such unit.
use evermemo::memoize;
#[memoize(sweep_every = "1 minute")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
