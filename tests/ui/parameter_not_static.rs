//! The cache outlives what the type may borrow.
//! It is missed in each of the places where the load is made.
use evermemo::memoize;
#[memoize]
async fn f<T: Clone + Send + Sync + std::hash::Hash + Eq>(value: T) -> u64 {
    drop(value);
    1
}

fn main() {}
