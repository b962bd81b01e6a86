//! A duration is what `expire_after` takes.
use evermemo::memoize;
use std::time::Duration;

#[memoize(entry_builder = Duration::from_secs(1))]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
