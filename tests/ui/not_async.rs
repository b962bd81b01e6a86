//! There is nothing to await.
use evermemo::memoize;
#[memoize]
fn f(n: u64) -> u64 {
    n
}

fn main() {
    let _ = async { f(1).await.unwrap() };
}
