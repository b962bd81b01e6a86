//! The load and the table both need the key.
//! The type of the cache stands in its companion, too:
//! there rustc says again what does not hold.
use evermemo::memoize;
#[derive(Hash, PartialEq, Eq)]
struct Id(u64);

#[memoize]
async fn f(id: Id) -> u64 {
    id.0
}

fn main() {}
