//! There is nothing to be answered with once it is over.
use evermemo::memoize;
#[memoize(soft_timeout = "1s")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
