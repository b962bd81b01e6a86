//! The value would outlive what it borrows.
use evermemo::memoize;
#[memoize]
async fn f<'a>(text: &'a str) -> Option<&'a str> {
    Some(text)
}

fn main() {}
