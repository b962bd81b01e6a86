//! Only one of them can say how long an entry lives.
use evermemo::memoize;
#[memoize(entry_builder = builder, expire_after = "1m")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
