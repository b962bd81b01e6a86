//! What is kept anyway.
use evermemo::memoize;
#[memoize(cache_errors_for = "1s", result = whole)]
async fn f(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
