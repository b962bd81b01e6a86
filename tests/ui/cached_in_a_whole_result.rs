//! A whole result is a value, and what is in it says nothing.
use evermemo::memoize;
#[memoize(result = whole)]
async fn f(id: u64) -> Result<evermemo::Cached<u64>, String> {
    Ok(evermemo::Cached::new(id))
}

fn main() {}
