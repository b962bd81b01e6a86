//! What the value says of its life is out of the macro's sight.
use evermemo::{Cached, memoize};
type Page = Cached<String>;
type PageResult = Result<Page, String>;

#[memoize]
async fn page(path: String) -> Page {
    Cached::new(path)
}

#[memoize]
async fn fallible(path: String) -> PageResult {
    Ok(Cached::new(path))
}

#[memoize]
async fn optional(path: String) -> Option<Cached<String>> {
    Some(Cached::new(path))
}

fn main() {}
