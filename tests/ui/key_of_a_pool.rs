//! What a function works with makes no key, and says so once, with callers and all.
use evermemo::memoize;
struct Pool;

#[memoize]
async fn f(pool: &Pool, id: u32) -> u32 {
    let _ = pool;
    id
}

fn main() {
    let _ = async { f(&Pool, 1).await };
    let _ = async { f::outcome(&Pool, 2).await };
}
