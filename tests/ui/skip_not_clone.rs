//! A load owns what it works with.
use evermemo::memoize;
struct Pool;

#[memoize(skip(pool))]
async fn f(pool: &Pool, id: u32) -> u32 {
    let _ = pool;
    id
}

fn main() {
    let _ = async { f(&Pool, 1).await };
}
