//! A memoized function.
use evermemo::memoize;

#[memoize(update_after = "1m")]
async fn greeting(name: &str) -> String {
    format!("hello {name}")
}

#[tokio::main]
async fn main() -> evermemo::Result<()> {
    println!("{}", greeting("you").await?); // runs the function
    println!("{}", greeting("you").await?); // does not
    assert_eq!((greeting::cache().stats().loads, greeting::cache().stats().hits), (1, 1));
    Ok(())
}
