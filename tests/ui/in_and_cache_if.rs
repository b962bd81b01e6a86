//! The cache in the place has its own entry builder.
use evermemo::memoize;
#[memoize(cache_if = |v| *v > 1, in = ANSWERS)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
