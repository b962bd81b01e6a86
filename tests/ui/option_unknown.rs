//! There is no such option.
use evermemo::memoize;
#[memoize(ttl = "10m")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {
    let _ = async { f(1).await.unwrap() };
}
