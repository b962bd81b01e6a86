//! It is out of the macro's sight in a result of another name, too.
use evermemo::{Cached, memoize};
type PageResult = Result<Cached<String>, String>;

#[memoize]
async fn page(path: String) -> PageResult {
    Ok(Cached::new(path))
}

fn main() {}
