//! It says neither yes nor no.
use evermemo::memoize;
#[memoize(cache_if = |value: &u64| *value)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
