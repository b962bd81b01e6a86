//! Nothing of the name says that there are errors.
use evermemo::memoize;
type Answer = Result<u64, String>;

#[memoize]
async fn f(id: u64) -> Answer {
    Ok(id)
}

fn main() {}
