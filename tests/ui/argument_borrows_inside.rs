//! A load cannot own what is borrowed below.
use evermemo::memoize;
#[memoize]
async fn f(name: Option<&str>) -> usize {
    name.map_or(0, str::len)
}

fn main() {}
