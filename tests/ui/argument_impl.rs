//! The type has no name.
use evermemo::memoize;
#[memoize]
async fn f(id: impl Into<u64>) -> u64 {
    id.into()
}

fn main() {}
