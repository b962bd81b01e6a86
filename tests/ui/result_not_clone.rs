//! The cache and its callers both need the value.
use evermemo::memoize;
struct User;

#[memoize]
async fn f(_id: u64) -> Result<User, String> {
    Ok(User)
}

fn main() {}
