//! The name says `Cached`, the type is another one.
use evermemo::memoize;
#[derive(Clone)]
struct Cached<T>(T);

#[memoize]
async fn f(id: u64) -> Cached<u64> {
    Cached(id)
}

fn main() {}
