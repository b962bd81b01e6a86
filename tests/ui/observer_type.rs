//! It hears nothing.
use evermemo::memoize;
#[memoize(observer = 7)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
