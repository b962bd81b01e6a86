//! The error of the callers says nothing of calls.
use evermemo::memoize;

#[derive(Debug)]
struct App;

#[memoize(error = App)]
async fn f(id: u64) -> Result<u64, App> {
    if id == 0 { Err(App) } else { Ok(id) }
}

fn main() {}
