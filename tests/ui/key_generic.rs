//! A parameter that need not be a key.
use evermemo::memoize;

#[memoize]
async fn f<T: ToString>(value: T) -> String {
    value.to_string()
}

fn main() {
    let _ = async { f(1).await };
}
