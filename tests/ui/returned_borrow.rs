//! The value would outlive what it borrows.
use evermemo::memoize;
#[memoize]
async fn f(text: &str) -> &str {
    text
}

fn main() {}
