//! Which thread would it be?
use evermemo::memoize;
#[memoize(local)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
