//! What evermemo promises about failures, chance and bounds, and about who hears of it;
//! `docs/promises.md` lists the promises.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]

mod accounts;
mod backend;
mod backoff;
mod cached;
mod changes;
mod claims;
mod cleared;
mod closing;
mod drivers;
mod errors;
mod hasty;
mod holders;
mod lifeless;
mod limits;
mod lives;
mod observer;
mod options;
mod previous;
mod queued;
mod refreshing;
mod registered;
mod registry;
mod simulated;
mod soft_timeout;
mod stand_in;
mod sweep;
mod turns;
mod undriven;
mod validated;

use evermemo::{Memo, Runtime, Source};
use evermemo_tests::{Timed, polled, until};
use std::{task::Poll, time::Duration};

const NANO: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// What most scenarios memoize with: numbers, or a text that says what is wrong.
type Numbers<R> = Memo<u32, u32, &'static str, R>;

/// Makes a call that must have a value.
async fn answer<R: Runtime>(memo: &Numbers<R>, key: u32) -> (u32, Source) {
    let outcome = memo.outcome(key).await.expect("a value");
    (outcome.value, outcome.source)
}

/// Makes a call that must have a value, and must not wait.
async fn at_once<R: Runtime>(memo: &Numbers<R>, key: u32) -> (u32, Source) {
    match polled(&mut Box::pin(memo.outcome(key))).await {
        Poll::Ready(outcome) => {
            let outcome = outcome.expect("a value");
            (outcome.value, outcome.source)
        }
        Poll::Pending => panic!("a call waits for what there is"),
    }
}

/// Makes a call whose method must have failed.
async fn cause<R: Runtime>(memo: &Numbers<R>, key: u32) -> &'static str {
    let error = memo.call(key).await.expect_err("no value");
    *error.cause().expect("an error of the method")
}

/// Waits until no load is in progress.
async fn at_rest<R: Timed, A, V, E, S: Runtime>(rt: &R, memo: &Memo<A, V, E, S>) {
    until(rt, || memo.cache().in_flight() == 0).await;
}
