//! Functions with the attribute beside handles, on the same runtime and of the same shape.

use evermemo::{Auto, Builder, Tokio, memoize};

use super::{
    Value,
    hit::calling,
    rounds::{Contestant, Effort},
};

/// Hits of 1,000 entries, `u64` by `u64`, with expiry: handle and attribute on tokio, named, and
/// both on the runtime found in context, which is the attribute's default.
pub fn attribute(effort: &Effort) -> Vec<Contestant> {
    let named = Builder::on(Tokio::default()).wrap(|n: u64| async move { u64::of(n) });
    let found = Builder::on(Auto::default()).wrap(|n: u64| async move { u64::of(n) });
    let named: &'static _ = Box::leak(Box::new(named));
    let found: &'static _ = Box::leak(Box::new(found));
    vec![
        calling("handle, Tokio", effort, |n| named.call(n)),
        calling("#[memoize], Tokio", effort, on_tokio),
        calling("handle, Auto", effort, |n| found.call(n)),
        calling("#[memoize], Auto", effort, on_any),
    ]
}

#[memoize(runtime = Tokio)]
async fn on_tokio(n: u64) -> u64 {
    u64::of(n)
}

#[memoize]
async fn on_any(n: u64) -> u64 {
    u64::of(n)
}
