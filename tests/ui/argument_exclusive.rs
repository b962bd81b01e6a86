//! A hit would change nothing.
use evermemo::memoize;
#[memoize(skip(log))]
async fn f(log: &mut Vec<u64>, id: u64) -> u64 {
    log.push(id);
    id
}

fn main() {}
