//! One of several arguments cannot be looked up.
use evermemo::memoize;
#[derive(Clone, PartialEq, Eq)]
struct Id(u64);

#[memoize]
async fn f(name: &str, id: Id) -> u64 {
    id.0 + name.len() as u64
}

fn main() {}
