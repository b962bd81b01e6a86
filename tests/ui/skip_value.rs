//! `skip` takes names.
use evermemo::memoize;
#[memoize(skip = id)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
