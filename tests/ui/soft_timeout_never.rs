//! Never waits, or waits until the load ends?
use evermemo::memoize;
#[memoize(stale_if_error = "1h", soft_timeout = "never")]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
