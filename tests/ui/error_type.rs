//! An expression is not a type.
use evermemo::memoize;

#[memoize(error = "App")]
async fn f(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
