//! Two options say what makes the key.
use evermemo::memoize;
#[memoize(skip(db), key = id)]
async fn f(db: u64, id: u64) -> u64 {
    db + id
}

fn main() {}
