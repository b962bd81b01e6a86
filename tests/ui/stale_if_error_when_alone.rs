//! Nothing expired can answer.
use evermemo::memoize;
#[memoize(stale_if_error_when = |error| error == "down")]
async fn f(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
