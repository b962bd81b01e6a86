//! A name is misspelt.
use evermemo::memoize;
#[memoize(skip(dp))]
async fn f(db: u64, id: u64) -> u64 {
    db + id
}

fn main() {}
