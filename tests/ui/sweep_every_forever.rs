//! Again and again, or not at all?
use evermemo::memoize;
#[memoize(sweep_every = "forever")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
