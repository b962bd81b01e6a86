//! A configuration whose components can be exchanged beside one whose components cannot.

use core::convert::Infallible;

use evermemo::{
    Builder, DefaultInMemoryCacheConfiguration, Memo, MutableCacheConfiguration, Tokio,
};

use super::{
    Value,
    hit::calling,
    rounds::{Contestant, Effort},
};

type Numbers = Memo<u64, u64, Infallible, Tokio>;

/// Hits of 1,000 entries, `u64` by `u64`, with expiry, the fixed one first.
pub fn mutable(effort: &Effort) -> Vec<Contestant> {
    let (fixed, mutable): &'static _ = Box::leak(Box::new(both()));
    vec![
        calling("fixed", effort, |n| fixed.call(n)),
        calling("mutable", effort, |n| mutable.call(n)),
    ]
}

/// Makes the fixed one and the mutable one.
pub(super) fn both() -> (Numbers, Numbers) {
    let configuration =
        MutableCacheConfiguration::initialized_with(DefaultInMemoryCacheConfiguration::default());
    (
        Builder::on(Tokio::default()).wrap(|n| async move { u64::of(n) }),
        Builder::on(Tokio::default())
            .configuration(configuration)
            .wrap(|n| async move { u64::of(n) }),
    )
}
