//! What the value says of its life is out of the macro's sight.
use evermemo::{Cached, memoize};
type Page = Cached<String>;

#[memoize]
async fn page(path: String) -> Page {
    Cached::new(path)
}

fn main() {}
