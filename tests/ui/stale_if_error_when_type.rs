//! It says neither yes nor no.
use evermemo::memoize;
#[memoize(stale_if_error = "1h", stale_if_error_when = |error| error.len())]
async fn f(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
