//! Calls a memoized function without `std`: misses, hits, an eviction, a shared load, a timeout.
#![no_std]
#![no_main]

extern crate alloc;

mod executor;
mod host;

use alloc::rc::Rc;
use core::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use evermemo_core::{Builder, Policy, Runtime, Source};

use crate::executor::Turns;

/// Runs the proof and returns the number of the first step that failed, 0 if none did.
fn proof() -> u8 {
    let runtime = Turns::default();
    runtime.block_on(async {
        let runs = Rc::new(Cell::new(0));
        let (counted, clock) = (runs.clone(), runtime.clone());
        let memo = Builder::on(runtime.clone())
            .capacity(2)
            .policy(Policy::LeastRecentlyUpdated)
            .method_timeout(Duration::from_millis(50))
            .wrap_local(move |n: u32| {
                counted.set(counted.get() + 1);
                // The key is how long the load takes.
                let loading = clock.sleep(Duration::from_millis(n.into()));
                async move {
                    loading.await;
                    n * n
                }
            });
        let source = async |n| memo.outcome(n).await.ok().map(|outcome| outcome.source);

        if memo.call(2).await.ok() != Some(4) {
            return 1;
        }
        if source(2).await != Some(Source::Hit) || runs.get() != 1 {
            return 2;
        }

        // The third key drives out the first.
        if memo.call(3).await.ok() != Some(9) || memo.call(4).await.ok() != Some(16) {
            return 3;
        }
        if memo.len() != 2 || source(3).await != Some(Source::Hit) {
            return 4;
        }
        if source(2).await != Some(Source::Loaded) || runs.get() != 4 {
            return 5;
        }

        // Two callers, polled in turn, share one load.
        let before = memo.stats();
        let (first, second) = both(memo.outcome(9), memo.outcome(9)).await;
        let sources = (first.ok().map(|o| o.source), second.ok().map(|o| o.source));
        if sources != (Some(Source::Loaded), Some(Source::Joined)) {
            return 6;
        }
        let after = memo.stats();
        if (after.loads - before.loads, after.joins - before.joins, runs.get()) != (1, 1, 5) {
            return 7;
        }

        // A load that takes longer than it may is cut off.
        match memo.call(100).await {
            Err(error) if error.is_timeout() => 0,
            _ => 8,
        }
    })
}

/// Polls two futures in turn until both have ended.
async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut from_a, mut from_b) = (None, None);
    poll_fn(move |cx| {
        if from_a.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(cx)
        {
            from_a = Some(output);
        }
        if from_b.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(cx)
        {
            from_b = Some(output);
        }
        match (from_a.take(), from_b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            unfinished => {
                (from_a, from_b) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}
