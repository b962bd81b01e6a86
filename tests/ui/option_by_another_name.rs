//! What others call an option, or a slip of the pen, is told by the name that it has here.
use evermemo::memoize;

#[memoize(ttl = "1m")]
async fn a(id: u64) -> u64 {
    id
}

#[memoize(size = 9)]
async fn b(id: u64) -> u64 {
    id
}

#[memoize(expires_after = "1m")]
async fn c(id: u64) -> u64 {
    id
}

#[memoize(capcity = 9)]
async fn d(id: u64) -> u64 {
    id
}

#[memoize(time_to_idle = "1m")]
async fn e(id: u64) -> u64 {
    id
}

#[memoize(storage = Redis)]
async fn f(id: u64) -> u64 {
    id
}

#[memoize("1m")]
async fn g(id: u64) -> u64 {
    id
}

#[memoize(100)]
async fn h(id: u64) -> u64 {
    id
}

#[memoize(capacity(9))]
async fn i(id: u64) -> u64 {
    id
}

#[memoize(method = true)]
async fn j(id: u64) -> u64 {
    id
}

fn main() {}
