//! It is seen through type parameters, too.
use evermemo::memoize;
type Answer<T> = Result<T, String>;

#[memoize]
async fn f<T: Clone + Send + Sync + 'static>(id: u64) -> Answer<T> {
    Err(id.to_string())
}

fn main() {}
