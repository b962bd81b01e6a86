//! With nothing old there is nothing to take instead.
use evermemo::memoize;
#[memoize(stale_if_error = "off", soft_timeout = "1s")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
