//! The cache and its callers both need the value.
//! The type of the cache stands in its companion, too:
//! there rustc says again what does not hold.
use evermemo::memoize;
struct User;

#[memoize]
async fn f(_id: u64) -> Result<User, String> {
    Ok(User)
}

fn main() {}
