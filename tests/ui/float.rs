//! Not every `f64` equals itself.
use evermemo::memoize;
#[memoize]
async fn f(n: f64) -> u64 {
    n as u64
}

fn main() {
    let _ = async { f(1.0).await.unwrap() };
}
