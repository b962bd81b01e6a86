//! It is a name, and no text.
use evermemo::memoize;
#[memoize(companion = "users")]
async fn user(id: u64) -> u64 {
    id
}

fn main() {}
