//! The key cannot be looked up.
use evermemo::memoize;
#[derive(Clone, PartialEq, Eq)]
struct Id(u64);

#[memoize]
async fn f(id: Id) -> u64 {
    id.0
}

fn main() {
    let _ = async { f(Id(1)).await };
}
