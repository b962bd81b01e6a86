//! There is no cache in the place.
use evermemo::memoize;

static ANSWERS: u64 = 42;

#[memoize(in = ANSWERS)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
