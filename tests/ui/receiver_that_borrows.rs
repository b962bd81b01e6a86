//! A load may go on when what its receiver borrows has gone.
use evermemo::{Cache, memoize};

#[derive(Clone)]
struct Shop<'a> {
    prices: Cache<u32, usize>,
    name: &'a str,
}

impl Shop<'_> {
    #[memoize(in = self.prices)]
    async fn price(&self, id: u32) -> usize {
        self.name.len() + id as usize
    }
}

fn main() {}
