//! A call that is not awaited does nothing, whatever its options.
#![deny(unused_must_use)]
use evermemo::memoize;

#[memoize]
async fn f(id: u64) -> u64 {
    id
}

fn main() {
    f(1);
    f::call(1);
    f(1).force();
    f(1).force().force().outcome();
}
