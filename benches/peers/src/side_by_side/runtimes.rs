//! The same hit on each runtime, which a type parameter names.

use evermemo::{AsyncStd, Builder, MultiThreaded, Runtime, Smol, Tokio};

use super::{
    Value,
    hit::calling,
    rounds::{Contestant, Effort},
};

/// Hits of 1,000 entries, `u64` by `u64`, with expiry, tokio first.
pub fn runtimes(effort: &Effort) -> Vec<Contestant> {
    vec![
        on("tokio", effort, Tokio::default()),
        on("async-std", effort, AsyncStd),
        on("smol", effort, Smol),
    ]
}

fn on<R>(name: &'static str, effort: &Effort, runtime: R) -> Contestant
where
    R: Runtime<Threading = MultiThreaded, Sleep: Send> + Send + Sync + 'static,
{
    let memo = Builder::on(runtime).wrap(|n: u64| async move { u64::of(n) });
    let memo: &'static _ = Box::leak(Box::new(memo));
    calling(name, effort, |n| memo.call(n))
}
