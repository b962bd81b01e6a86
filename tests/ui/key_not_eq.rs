//! The key cannot be compared.
use evermemo::memoize;
#[derive(Clone, Hash, PartialEq)]
struct Id(u64);

#[memoize]
async fn f(id: Id) -> u64 {
    id.0
}

fn main() {}
