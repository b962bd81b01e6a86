//! There is one choice.
use evermemo::memoize;
#[memoize(result = ok)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
