//! What a call wants is set first, and the form of its answer last.
use evermemo::memoize;

#[memoize]
async fn f(id: u64) -> u64 {
    id
}

fn main() {
    let _ = f(1).outcome().force();
}
