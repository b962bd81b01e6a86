//! A whole result is a value, and what is in it says nothing.
use evermemo::{Cached, memoize};
#[memoize(result = whole)]
async fn f(id: u64) -> Result<Cached<u64>, String> {
    Ok(Cached::new(id))
}

fn main() {}
