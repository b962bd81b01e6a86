//! Never stale, or never an error?
use evermemo::memoize;
#[memoize(stale_if_error = "never")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
