//! What a strategy keeps track of is what is stored.

use super::{Memory, kept, memory, value};

use evermemo::{
    Builder, DefaultInMemoryCacheConfiguration, LeastRecentlyUpdatedEvictionStrategy,
    MutableCacheConfiguration, Source,
};
use evermemo_tests::{
    Mode, Numbered, Operation, Probe, Recording, Timed, on_every_runtime, polled, until,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    b76_an_exchanged_strategy_learns_what_is_stored,
    b76_a_strategy_learns_what_an_exchanged_storage_holds,
    b76_a_strategy_exchanged_during_a_load_learns_of_its_entry,
    b102_a_strategy_forgets_what_a_load_brings_to_an_exchanged_storage,
    p5_2_strategy_and_storage_agree_after_anything,
    p5_2_a_key_that_is_spared_while_its_update_fails_leaves,
}

type Strategy = Recording<u32, u32>;

fn last_written(capacity: usize) -> Arc<Strategy> {
    Arc::new(Recording::around(LeastRecentlyUpdatedEvictionStrategy::new(capacity)))
}

fn configured(storage: &Memory, strategy: &Arc<Strategy>) -> MutableCacheConfiguration<u32, u32> {
    let defaults = DefaultInMemoryCacheConfiguration::default();
    let configuration = MutableCacheConfiguration::initialized_with(defaults);
    configuration.set_storage(storage.clone()).set_eviction_strategy(strategy.clone());
    configuration
}

async fn b76_an_exchanged_strategy_learns_what_is_stored<R: Timed>(rt: R) {
    let (storage, second) = (memory(4), last_written(3));
    let configuration = configured(&storage, &last_written(100));
    let memo = Builder::on(rt.clone())
        .configuration(configuration.clone())
        .wrap(Numbered::open().method());
    for key in 1..=3 {
        memo.call(key).await.unwrap();
    }
    configuration.set_eviction_strategy(second.clone());
    assert_eq!(second.written(), [1, 2, 3], "in the order of writing");
    for key in 11..=20 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || storage.len() == 3).await;
    assert_eq!(kept(&storage, 0..=20), [18, 19, 20]);
    assert_eq!(second.tracked(), [18, 19, 20]);
}

async fn b76_a_strategy_learns_what_an_exchanged_storage_holds<R: Timed>(rt: R) {
    let (x, y, strategy) = (memory(10), memory(10), last_written(2));
    let configuration = configured(&x, &strategy);
    let memo = Builder::on(rt.clone())
        .configuration(configuration.clone())
        .wrap(Numbered::open().method());
    memo.call(1).await.unwrap();
    memo.call(2).await.unwrap();

    configuration.set_storage(y.clone());
    assert!(strategy.tracked().is_empty());
    memo.call(3).await.unwrap();
    // Back to the first one, with what is still in it.
    configuration.set_storage(x.clone());
    assert_eq!(strategy.tracked(), [1, 2]);
    memo.call(4).await.unwrap();
    memo.call(5).await.unwrap();
    until(&rt, || x.len() == 2).await;
    assert_eq!((kept(&x, 0..6), kept(&y, 0..6)), (vec![4, 5], vec![3]));

    // The same storage again changes nothing.
    configuration.set_storage(x.clone());
    assert_eq!(strategy.tracked(), [4, 5]);
}

async fn b76_a_strategy_exchanged_during_a_load_learns_of_its_entry<R: Timed>(rt: R) {
    let (storage, source) = (memory(10), Numbered::shut());
    let (first, second) = (last_written(5), last_written(1));
    let configuration = configured(&storage, &first);
    let memo = Builder::on(rt.clone()).configuration(configuration.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(1));
    assert!(polled(&mut a).await.is_pending());

    configuration.set_eviction_strategy(second.clone());
    source.gates.open_all();
    assert_eq!(a.await.unwrap(), 1);
    assert_eq!(kept(&storage, [1]), [1]);
    // It leaves in turn, as if it had been written under the strategy in place.
    for key in 2..=4 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || memo.cache().in_flight() == 0 && second.tracked() == [4]).await;
    assert_eq!(kept(&storage, 1..=4), [4]);
}

async fn b102_a_strategy_forgets_what_a_load_brings_to_an_exchanged_storage<R: Timed>(rt: R) {
    let (x, y, source) = (memory(10), memory(10), Numbered::shut());
    let strategy = last_written(2);
    let configuration = configured(&x, &strategy);
    let memo = Builder::on(rt.clone()).configuration(configuration.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(1));
    assert!(polled(&mut a).await.is_pending());

    configuration.set_storage(y.clone());
    source.gates.open_all();
    assert_eq!(a.await.unwrap(), 1);
    for key in 2..=4 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || memo.cache().in_flight() == 0 && strategy.tracked() == [3, 4]).await;
    assert_eq!((kept(&x, 1..=4), kept(&y, 1..=4)), (vec![1], vec![3, 4]));
}

async fn p5_2_strategy_and_storage_agree_after_anything<R: Timed>(rt: R) {
    const KEYS: u32 = 20;
    let (probe, strategy, source) = (Probe::new(), last_written(5), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .eviction_strategy(strategy.clone())
        // A hit refreshes in the background, beside what comes next.
        .update_after(Duration::ZERO)
        .wrap(source.method());
    let mut dice = Dice(0x5eed);
    for _ in 0..2_000 {
        for operation in [Operation::Release, Operation::Offer] {
            let fails = dice.below(10) == 0;
            probe.set(operation, if fails { Mode::Fail("no") } else { Mode::Pass });
        }
        rt.advance(Duration::from_nanos(1));
        let key = dice.below(KEYS);
        // Calls never fail; the others may say that the storage did.
        match dice.below(20) {
            0..=9 => drop(memo.call(key).await.unwrap()),
            10..=12 => drop(memo.force_refresh(key).await.unwrap()),
            13..=15 => drop(memo.try_invalidate(&key).await),
            16 => memo.try_clear().await.unwrap(),
            _ => drop(memo.try_insert(key, 0).await),
        }
    }
    let all = || kept(probe.within(), 0..KEYS + 5);
    until(&rt, || memo.cache().in_flight() == 0).await;
    // An offer that failed is noted, as it may have been carried out; the reverse is a leak.
    until(&rt, || all().iter().all(|key| strategy.tracked().contains(key))).await;

    probe.set(Operation::Release, Mode::Pass);
    probe.set(Operation::Offer, Mode::Pass);
    for key in KEYS..KEYS + 5 {
        memo.call(key).await.unwrap();
    }
    let last = Vec::from_iter(KEYS..KEYS + 5);
    until(&rt, || memo.cache().in_flight() == 0 && all() == last).await;
    until(&rt, || strategy.tracked() == last).await;
    assert!(memo.stats().storage_errors > 0, "something failed");
}

/// The end of the update that spares a key, and the asking that spares it, may meet.
async fn p5_2_a_key_that_is_spared_while_its_update_fails_leaves<R: Timed>(rt: R) {
    let (storage, strategy) = (memory(usize::MAX), last_written(1));
    let down = Arc::new(AtomicBool::new(false));
    let is_down = down.clone();
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(strategy.clone())
        .update_after(Duration::ZERO)
        .try_wrap(move |key: u32| {
            let fails = key.is_multiple_of(2) && is_down.load(SeqCst);
            async move { if fails { Err("down") } else { Ok(key) } }
        });
    for key in (0..200).step_by(2) {
        down.store(false, SeqCst);
        assert_eq!(memo.call(key).await.unwrap(), key);
        until(&rt, || strategy.tracked() == [key]).await;
        down.store(true, SeqCst);
        assert_eq!(memo.outcome(key).await.unwrap().source, Source::Stale);
        // Its refresh fails at the same time.
        memo.call(key + 1).await.unwrap();
        until(&rt, || strategy.tracked() == [key + 1]).await;
        assert_eq!((value(&storage, key), storage.len()), (None, 1));
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as u32 % bound
    }
}
