//! It is no runtime.
//! The type of the cache stands in its companion, too:
//! there rustc says again what does not hold.
use evermemo::memoize;
#[memoize(runtime = String)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
