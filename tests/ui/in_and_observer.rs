//! The place has one of its own.
use evermemo::memoize;
#[memoize(in = CACHE, observer = |event| drop(event))]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
