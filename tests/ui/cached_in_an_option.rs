//! There may be nothing to say it.
use evermemo::{Cached, memoize};

#[memoize]
async fn page(path: String) -> Option<Cached<String>> {
    Some(Cached::new(path))
}

fn main() {}
