//! A memoized function.
use std::time::Duration;

#[tokio::main]
async fn main() -> evermemo::Result<()> {
    let greeting = evermemo::builder()
        .update_after(Duration::from_secs(60))
        .wrap(|name: String| async move { format!("hello {name}") });
    println!("{}", greeting.call("you".into()).await?); // runs the function
    println!("{}", greeting.call("you".into()).await?); // does not
    assert_eq!((greeting.stats().loads, greeting.stats().hits), (1, 1));
    Ok(())
}
