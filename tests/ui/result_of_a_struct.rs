//! A type of the author's is named like a `Result`.
use evermemo::memoize;
#[derive(Clone)]
struct SearchResult(u64);

#[memoize]
async fn search(id: u64) -> SearchResult {
    SearchResult(id)
}

fn main() {}
