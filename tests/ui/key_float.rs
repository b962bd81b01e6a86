//! Not every `f64` equals itself.
//! `Hash` and `Eq` are missed one by one.
use evermemo::memoize;
#[memoize(key = id as f64)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
