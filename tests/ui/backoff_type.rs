//! The absence of a back-off is `Backoff::NONE`.
use evermemo::memoize;
#[memoize(refresh_backoff = None)]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
