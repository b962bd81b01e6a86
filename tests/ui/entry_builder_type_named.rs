//! It makes no entries.
use evermemo::memoize;

struct Builder;

#[memoize(entry_builder = Builder)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
