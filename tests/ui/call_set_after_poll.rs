//! A call that has been polled is pinned: nothing is set any more.
use evermemo::memoize;
use std::{future::Future, pin::pin, task::{Context, Waker}};

#[memoize]
async fn f(id: u64) -> u64 {
    id
}

fn main() {
    let mut call = pin!(f(1));
    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    let _ = call.force();
}
