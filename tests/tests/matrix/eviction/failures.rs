//! Storages and strategies that fail while something leaves.

use super::{kept, memory};

use evermemo::{
    Builder, CacheEntry, EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy, Source,
};
use evermemo_tests::{
    Mode, Moment, Numbered, Operation, Probe, Timed, all, caught, on_every_runtime, polled, until,
};
use std::{
    panic,
    sync::{Arc, Mutex},
    time::Duration,
};

on_every_runtime! {
    b60_a_failed_release_is_tried_again,
    b62_a_panicking_strategy_wedges_nothing,
    p7_1_a_hanging_release_is_cut_off,
}

async fn b60_a_failed_release_is_tried_again<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(Numbered::open().method());
    probe.next(Operation::Release, Mode::Fail("no"));
    assert_eq!(memo.call(1).await.unwrap(), 1);
    assert_eq!(memo.call(2).await.unwrap(), 2);
    until(&rt, || memo.stats().storage_errors == 1).await;
    assert_eq!(probe.within().len(), 2);

    assert_eq!(memo.call(3).await.unwrap(), 3);
    until(&rt, || probe.within().len() == 1).await;
    assert_eq!(kept(probe.within(), 1..=3), [3]);
    assert_eq!(memo.stats().storage_errors, 1);
}

async fn p7_1_a_hanging_release_is_cut_off<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = Builder::on(rt.plain())
        .storage(probe.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .storage_timeout(Duration::from_millis(20))
        .wrap(Numbered::open().method());
    probe.next(Operation::Release, Mode::Hang);
    memo.call(1).await.unwrap();
    memo.call(2).await.unwrap();
    until(&rt, || probe.count(Operation::Release, Moment::Dropped) == 1).await;
    until(&rt, || memo.stats().storage_errors == 1).await;

    memo.call(3).await.unwrap();
    until(&rt, || probe.within().len() == 1).await;
    assert_eq!(kept(probe.within(), 1..=3), [3]);
}

async fn b62_a_panicking_strategy_wedges_nothing<R: Timed>(rt: R) {
    for method in [Method::MarkWritten, Method::NextToRelease] {
        let (strategy, source) = (Arc::new(Panics::default()), Numbered::shut());
        let storage = memory(usize::MAX);
        let memo = Builder::on(rt.clone())
            .storage(storage.clone())
            .eviction_strategy(strategy.clone())
            .wrap(source.method());
        let mut callers: Vec<_> = (0..2).map(|_| Box::pin(memo.call(1))).collect();
        for caller in &mut callers {
            assert!(polled(caller).await.is_pending());
        }
        strategy.panic_in(Some(method));
        source.gates.open_all();
        let answers = all(callers).await.into_iter().map(Result::unwrap);
        assert_eq!(Vec::from_iter(answers), [1, 1]);
        assert_eq!(kept(&storage, [1]), [1]);
        until(&rt, || memo.cache().in_flight() == 0 && strategy.panicked() > 0).await;

        strategy.panic_in(None);
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
        // No lane stayed behind: the key can be written and released.
        assert_eq!(memo.force_refresh(1).await.unwrap(), 2);
        memo.call(2).await.unwrap();
        until(&rt, || memo.cache().in_flight() == 0 && storage.len() == 1).await;
    }

    let (strategy, storage) = (Arc::new(Panics::default()), memory(usize::MAX));
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(strategy.clone())
        .wrap(Numbered::open().method());
    memo.call(1).await.unwrap();
    strategy.panic_in(Some(Method::MarkReleased));
    assert_eq!(memo.call(2).await.unwrap(), 2);
    until(&rt, || strategy.panicked() > 0 && memo.cache().in_flight() == 0).await;
    strategy.panic_in(None);
    assert_eq!(memo.outcome(2).await.unwrap().source, Source::Hit);
    memo.call(3).await.unwrap();
    until(&rt, || kept(&storage, 1..=3) == [3]).await;

    strategy.panic_in(Some(Method::MarkRead));
    if let Ok(answer) = caught(memo.call(3)).await {
        assert_eq!(answer.unwrap(), 3);
    }
    assert!(strategy.panicked() > 1, "it was told of the read");
    strategy.panic_in(None);
    assert_eq!(memo.outcome(3).await.unwrap().source, Source::Hit);
    assert_eq!(memo.cache().in_flight(), 0);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    MarkRead,
    MarkWritten,
    MarkReleased,
    NextToRelease,
}

/// Keeps the last written, and panics when it is told to.
struct Panics {
    within: LeastRecentlyUpdatedEvictionStrategy<u32>,
    state: Mutex<(Option<Method>, u32)>,
}

impl Default for Panics {
    fn default() -> Self {
        let within = LeastRecentlyUpdatedEvictionStrategy::new(1);
        Self { within, state: Mutex::default() }
    }
}

impl Panics {
    fn panic_in(&self, method: Option<Method>) {
        self.state.lock().unwrap().0 = method;
    }

    fn panicked(&self) -> u32 {
        self.state.lock().unwrap().1
    }

    fn enter(&self, method: Method) {
        let panics = {
            let mut state = self.state.lock().unwrap();
            let panics = state.0 == Some(method);
            state.1 += u32::from(panics);
            panics
        };
        if panics {
            // As `panic!` does, but without the message on the screen, on whatever thread.
            panic::resume_unwind(Box::new("a strategy panics"));
        }
    }
}

impl EvictionStrategy<u32, u32> for Panics {
    fn mark_read(&self, key: &u32) {
        self.enter(Method::MarkRead);
        EvictionStrategy::<u32, u32>::mark_read(&self.within, key);
    }

    fn mark_written(&self, key: &u32, entry: &CacheEntry<u32>) {
        self.enter(Method::MarkWritten);
        self.within.mark_written(key, entry);
    }

    fn mark_released(&self, key: &u32) {
        self.enter(Method::MarkReleased);
        EvictionStrategy::<u32, u32>::mark_released(&self.within, key);
    }

    fn next_to_release(&self) -> Option<u32> {
        self.enter(Method::NextToRelease);
        EvictionStrategy::<u32, u32>::next_to_release(&self.within)
    }
}
