//! Hits, each by another way from the call to the entry.
//!
//! Each repeats a call that it writes out: in a closure that is called from elsewhere too, the
//! compiler puts less of a hit in place.

use alloc::sync::Arc;
use core::{convert::Infallible, time::Duration};

use evermemo::memoize;
use evermemo_core::{
    Builder, Cache, DefaultInMemoryCacheConfiguration, Memo, MethodName, MutableCacheConfiguration,
    Policy,
};

use super::{
    looped::{ENTRIES, numbers, repeat},
    wrapped::Wrapped,
};
use crate::{Clocked, now};

pub(super) fn of_numbers(calls: usize) {
    let memo = Builder::on(Clocked)
        .update_after(Duration::MAX)
        .expire_after(Duration::MAX)
        .wrap(async |n: u64| n);
    called(&memo, calls);
}

pub(super) fn with_expiry(calls: usize) {
    called(&Builder::on(Clocked).wrap(async |n: u64| n), calls);
}

pub(super) fn of_text(calls: usize) {
    let memo = Builder::on(Clocked)
        .update_after(Duration::MAX)
        .expire_after(Duration::MAX)
        .wrap(async |text: String| Arc::new(text.len() as u64));
    let keys: Vec<_> = numbers().iter().map(|n| format!("key number {n}")).collect();
    let ask = |key: &String| now(memo.call_ref(key.as_str())).map_or(0, |length| *length);
    for key in &keys {
        assert_eq!(ask(key), key.len() as u64);
    }
    repeat(&keys, calls, ask);
    assert_eq!(memo.stats().loads, ENTRIES);
}

pub(super) fn of_a_function(calls: usize) {
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(same(n)).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(same(n)).unwrap_or_default());
    assert_eq!(same::cache().stats().loads, ENTRIES);
}

#[memoize(runtime = Clocked)]
async fn same(n: u64) -> u64 {
    n
}

pub(super) fn of_calls_with_loads(calls: usize) {
    let cache: Cache<u64, u64, Infallible, Clocked> = Builder::on(Clocked).build();
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(cache.get_with(n, async |n| Ok(n))).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(cache.get_with(n, async |n| Ok(n))).unwrap_or_default());
    assert_eq!(cache.stats().loads, ENTRIES);
}

pub(super) fn under_lru(calls: usize) {
    called(&Builder::on(Clocked).policy(Policy::Lru).wrap(async |n: u64| n), calls);
}

pub(super) fn through_the_mutable_configuration(calls: usize) {
    let configuration =
        MutableCacheConfiguration::initialized_with(DefaultInMemoryCacheConfiguration::default());
    called(&Builder::on(Clocked).configuration(configuration).wrap(async |n: u64| n), calls);
}

/// Called as arguments are that are no key themselves.
pub(super) fn by_an_extractor(calls: usize) {
    let memo =
        Builder::on(Clocked).key_extractor(|_: MethodName, &n: &u64| n).wrap(async |n: u64| n);
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(memo.call_args(n)).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(memo.call_args(n)).unwrap_or_default());
    assert_eq!(memo.stats().loads, ENTRIES);
}

pub(super) fn with_a_postprocessing(calls: usize) {
    called(&Builder::on(Clocked).postprocessing(|n: u64| n).wrap(async |n: u64| n), calls);
}

pub(super) fn in_a_storage_of_ones_own(calls: usize) {
    called(&Builder::on(Clocked).storage(Wrapped::default()).wrap(async |n: u64| n), calls);
}

/// Hits of a memo whose function returns its argument.
#[inline(always)]
fn called(memo: &Memo<u64, u64, Infallible, Clocked>, calls: usize) {
    let keys = numbers();
    for &n in &keys {
        assert_eq!(now(memo.call(n)).ok(), Some(n));
    }
    repeat(&keys, calls, |&n| now(memo.call(n)).unwrap_or_default());
    assert_eq!(memo.stats().loads, ENTRIES);
}
