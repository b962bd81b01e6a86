//! There are no errors to keep.
use evermemo::memoize;
#[memoize(cache_errors_for = "1s")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
