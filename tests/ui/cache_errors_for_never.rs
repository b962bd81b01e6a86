//! Never kept, or never forgotten?
use evermemo::memoize;
#[memoize(cache_errors_for = "never")]
async fn f(id: u64) -> Result<u64, u64> {
    Ok(id)
}

fn main() {}
