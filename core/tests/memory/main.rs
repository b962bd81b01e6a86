//! The storage in memory: against a model, under threads, and with keys and values that panic.
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests stand where users of `std` stand"
)]

mod accounts;
mod drops;
mod expiry;
mod model;
mod panics;
mod resizing;
mod threads;
mod times;
mod weights;

use std::{
    hash::Hash,
    num::NonZeroUsize,
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::SeqCst},
    },
};

use evermemo_core::{CacheEntry, CacheStorage, Instant, LocalInMemoryCacheStorage, Policy};
use proptest::prelude::*;

type Storage<K, V> = LocalInMemoryCacheStorage<K, V>;

/// Those whose order is known.
const EXACT: [Policy; 2] = [Policy::LeastRecentlyUpdated, Policy::Lru];

const POLICIES: [Policy; 4] =
    [Policy::S3TinyLfu, Policy::S3Fifo, Policy::LeastRecentlyUpdated, Policy::Lru];

#[derive(Clone, Copy, Debug)]
enum Step {
    Get(u8),
    Offer(u8),
    /// Offers an entry that is dead after so many steps of time.
    Mortal(u8, u64),
    /// Lets so many steps of time pass.
    Pass(u64),
    Sweep,
    /// Offered, but superseded meanwhile.
    Late(u8),
    Release(u8),
    Clear,
    BoundedOutside(bool),
    Capacity(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (0..12_u8).prop_map(Step::Get),
        12 => (0..12_u8).prop_map(Step::Offer),
        8 => (0..12_u8, 0..8_u64).prop_map(|(key, life)| Step::Mortal(key, life)),
        4 => (0..4_u64).prop_map(Step::Pass),
        2 => Just(Step::Sweep),
        2 => (0..12_u8).prop_map(Step::Late),
        4 => (0..12_u8).prop_map(Step::Release),
        1 => Just(Step::Clear),
        1 => any::<bool>().prop_map(Step::BoundedOutside),
        1 => (0..8_usize).prop_map(Step::Capacity),
    ];
    prop::collection::vec(step, 0..200)
}

fn policies() -> impl Strategy<Value = Policy> {
    prop::sample::select(POLICIES.as_slice())
}

fn shards() -> impl Strategy<Value = NonZeroUsize> {
    (1..5_usize).prop_map(|shards| NonZeroUsize::new(shards).unwrap())
}

fn get<K, V>(storage: &Storage<K, V>, key: &K) -> Option<V>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let found = storage.get(key, Instant::ZERO).into_inner();
    found.unwrap_or_else(|never| match never {}).map(|entry| entry.value)
}

fn offer<K, V>(storage: &Storage<K, V>, key: K, value: V)
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let _offered = storage.offer(&key, &CacheEntry::new(value, Instant::ZERO), Instant::ZERO);
}

/// Offers an entry at `now` that is dead from `death` on.
fn offer_mortal<K, V>(storage: &Storage<K, V>, key: K, value: V, now: u64, death: u64)
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let _offered = storage.offer(&key, &mortal(value, now, death), at(now));
}

fn mortal<V>(value: V, now: u64, death: u64) -> CacheEntry<V> {
    let mut entry = CacheEntry::new(value, at(now)).expires_after(at(death));
    entry.retain_until = at(death);
    entry
}

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

/// All that is stored, in the order in which it leaves.
fn line<K, V>(storage: &Storage<K, V>) -> Vec<(K, V)>
where
    K: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
{
    let mut line = Vec::new();
    assert!(storage.visit(&mut |key, entry| line.push((key.clone(), entry.value.clone()))));
    line
}

/// A value that counts how many of it there are.
struct Counted(Arc<AtomicIsize>);

impl Counted {
    fn new(alive: &Arc<AtomicIsize>) -> Self {
        alive.fetch_add(1, SeqCst);
        Self(alive.clone())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        Self::new(&self.0)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let before = self.0.fetch_sub(1, SeqCst);
        assert!(before > 0, "dropped twice");
    }
}
