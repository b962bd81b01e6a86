//! It hears of another cache.
use evermemo::{Event, memoize};
type Heard<'a> = Event<'a, u8, u64, std::convert::Infallible>;

#[memoize(observer = |event: &Heard<'_>| drop(event.cause()))]
async fn f(id: u64) -> u64 {
    id
}

fn main() {}
