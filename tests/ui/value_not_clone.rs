//! The cache and its callers both need the value.
use evermemo::memoize;
struct User;

#[memoize]
async fn f(_id: u64) -> User {
    User
}

fn main() {
    let _ = async { f(1).await.unwrap() };
}
