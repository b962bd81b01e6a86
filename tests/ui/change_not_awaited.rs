//! A change that nothing awaits does nothing; and what a storage says is to be heard.
#![deny(unused_must_use)]

use evermemo::{Cache, Memo};
use std::convert::Infallible;

async fn cached(cache: Cache<u32, u32, Infallible>) {
    cache.insert(7, 1);
    cache.invalidate(&7);
    cache.clear();
    cache.try_insert(7, 1).await;
}

async fn memoized(memo: Memo<u32, u32, Infallible>) {
    memo.insert(7, 1);
    memo.invalidate(&7);
    memo.clear();
    memo.try_clear();
}

fn main() {}
