//! The load and the table both need the key.
use evermemo::memoize;
#[derive(Hash, PartialEq, Eq)]
struct Id(u64);

#[memoize]
async fn f(id: Id) -> u64 {
    id.0
}

fn main() {}
