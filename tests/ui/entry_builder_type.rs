//! It makes no entry.
use evermemo::memoize;
#[memoize(entry_builder = |_, value, _| value)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
