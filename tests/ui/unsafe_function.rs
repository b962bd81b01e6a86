//! No caller keeps the contract of a load in the background.
use evermemo::memoize;
#[memoize]
async unsafe fn f(n: u64) -> u64 {
    n
}

fn main() {}
