//! A load owns what it works with.
use evermemo::memoize;
trait Client {}

#[memoize(skip(client))]
async fn f(client: &dyn Client, id: u32) -> u32 {
    let _ = client;
    id
}

fn main() {}
