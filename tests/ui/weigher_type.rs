//! A weight is a `u32`.
use evermemo::memoize;
#[memoize(weigher = |_, value| value)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
