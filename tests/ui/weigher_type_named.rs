//! It weighs something else.
use evermemo::memoize;

fn weight(_id: &u64, value: &String) -> u32 {
    value.len() as u32
}

#[memoize(weigher = weight)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
