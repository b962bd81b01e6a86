//! Options know arguments by their names, and no parts of them.
use evermemo::memoize;

#[memoize(skip(b))]
async fn f((a, b): (u32, u32)) -> u32 {
    a + b
}

#[memoize(key = a + b)]
async fn g((a, b): (u32, u32)) -> u32 {
    a + b
}

fn main() {}
