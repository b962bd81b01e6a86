//! There are no errors.
use evermemo::memoize;
#[memoize(stale_if_error = "1h", stale_if_error_when = |_| true)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
