//! The name says `Result`, the type does not.
//! rustc reports the value, the error and the body.
use evermemo::memoize;
#[derive(Clone)]
struct Result(u64);

#[memoize]
async fn f(id: u64) -> Result {
    Result(id)
}

fn main() {}
