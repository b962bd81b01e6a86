//! Longer than a `u64` of nanoseconds.
use evermemo::memoize;
#[memoize(expire_after = "999999999999d")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
