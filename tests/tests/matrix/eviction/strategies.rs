//! Strategies that name who leaves.

use super::{cached, kept, memory, value};

use evermemo::{
    Abandon, Builder, CacheEntry, EvictionStrategy, LeastRecentlyUpdatedEvictionStrategy, Source,
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Recording, Timed, on_every_runtime, polled,
    until,
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

on_every_runtime! {
    b66_a_named_victim_is_released_and_reported,
    b67_a_stale_read_writes_nothing_by_itself,
    b71_as_many_leave_as_the_strategy_names,
    b72_a_strategy_s_victim_in_flight_is_spared_and_asked_for_again,
    b72_a_storage_that_bounds_itself_evicts_a_key_in_flight,
    b73_a_spared_key_leaves_after_its_update_failed,
    b73_a_spared_key_leaves_with_its_invalidation,
    b73_a_spared_key_leaves_a_storage_that_waits_once_its_load_was_dropped,
    b73_a_key_that_a_clear_has_spared_leaves_after_it,
    b73_a_spared_key_leaves_after_an_invalidation_that_failed,
    b74_a_rewrite_during_a_slow_release_leaves_storage_and_strategy_agreed,
}

const A: u32 = 1;
const B: u32 = 2;

async fn b66_a_named_victim_is_released_and_reported<R: Timed>(rt: R) {
    let (probe, named) = (Probe::new(), Arc::new(Names99::default()));
    let strategy = Arc::new(Recording::around(named.clone()));
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .eviction_strategy(strategy.clone())
        .update_after(Duration::from_secs(10))
        .expire_after(Duration::from_secs(20))
        .wrap(Numbered::open().method::<u32>());
    let released = || -> Vec<_> {
        let ends = |event: &(_, _, _)| event.0 == Operation::Release && event.2 == Moment::Ended;
        probe.log().into_iter().filter(ends).map(|event| event.1.unwrap()).collect()
    };

    memo.call(1).await.unwrap();
    until(&rt, || strategy.asked().len() == 2).await;
    assert_eq!((released(), strategy.released()), (vec![99], vec![99]));
    assert_eq!(strategy.asked(), [Some(99), None]);

    named.released.store(false, SeqCst);
    named.written.store(false, SeqCst);
    rt.advance(Duration::from_secs(20));
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    until(&rt, || strategy.asked().len() == 4).await;
    assert_eq!((released(), strategy.released()), (vec![99, 99], vec![99, 99]));
    assert!(!named.asked_too_early.load(SeqCst));
}

async fn b67_a_stale_read_writes_nothing_by_itself<R: Timed>(rt: R) {
    let (source, strategy) = (Numbered::open(), Arc::new(Recording::new()));
    source.gates.shut_at(2);
    let memo = Builder::on(rt.clone())
        .eviction_strategy(strategy.clone())
        .update_after(Duration::ZERO)
        .wrap(source.method::<u32>());
    memo.call(1).await.unwrap();
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;
    assert_eq!(strategy.written(), [1]);

    source.gates.open_at(2);
    until(&rt, || strategy.written() == [1, 1]).await;
    assert_eq!(strategy.tracked(), [1]);
}

async fn b71_as_many_leave_as_the_strategy_names<R: Timed>(rt: R) {
    let (storage, strategy) = (memory(usize::MAX), Arc::new(Oldest::of(2)));
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(strategy.clone())
        .wrap(Numbered::open().method());
    memo.call(1).await.unwrap();
    memo.call(2).await.unwrap();
    assert_eq!(storage.len(), 2);

    strategy.capacity.store(0, SeqCst);
    memo.call(3).await.unwrap();
    until(&rt, || storage.is_empty()).await;
    assert!(strategy.keys.lock().unwrap().is_empty());
}

async fn b72_a_strategy_s_victim_in_flight_is_spared_and_asked_for_again<R: Timed>(rt: R) {
    let (storage, source) = (memory(usize::MAX), Numbered::open());
    source.gates.shut_at(2);
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .update_after(Duration::ZERO)
        .wrap(source.method());
    memo.call(A).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    memo.call(B).await.unwrap();
    assert_eq!(kept(&storage, [A, B]), [A, B]);

    source.gates.open_at(2);
    until(&rt, || storage.len() == 1).await;
    assert_eq!((value(&storage, A), value(&storage, B)), (Some(2), None));
}

async fn b72_a_storage_that_bounds_itself_evicts_a_key_in_flight<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo =
        Builder::on(rt.clone()).capacity(1).update_after(Duration::ZERO).wrap(source.method());
    memo.call(A).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    memo.call(B).await.unwrap();
    assert_eq!((cached(memo.cache(), [A, B]), memo.len()), (vec![B], 1));

    source.gates.open_at(2);
    until(&rt, || {
        assert_eq!(memo.len(), 1);
        memo.cache().entry(&A).is_some_and(|entry| entry.value == 2)
    })
    .await;
    assert_eq!((cached(memo.cache(), [A, B]), memo.len()), (vec![A], 1));
}

async fn b73_a_spared_key_leaves_after_its_update_failed<R: Timed>(rt: R) {
    let (storage, source) = (memory(usize::MAX), Numbered::open());
    source.gates.shut_at(2);
    let (runs, gates) = (source.runs.clone(), source.gates.clone());
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .update_after(Duration::ZERO)
        .try_wrap(move |_| {
            let run = runs.begin();
            let passed = gates.passed(run);
            async move {
                passed.await;
                if run == 2 { Err("down") } else { Ok(run) }
            }
        });
    memo.call(A).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;
    memo.call(B).await.unwrap();
    assert_eq!(kept(&storage, [A, B]), [A, B]);

    source.gates.open_at(2);
    until(&rt, || storage.len() == 1).await;
    assert_eq!(kept(&storage, [A, B]), [B]);
    assert_eq!(memo.stats().refresh_failures, 1);

    for key in 10..15 {
        memo.call(key).await.unwrap();
    }
    until(&rt, || storage.len() == 1).await;
    assert_eq!(kept(&storage, 0..15), [14]);
}

async fn b73_a_spared_key_leaves_with_its_invalidation<R: Timed>(rt: R) {
    let (storage, source) = (memory(usize::MAX), Numbered::open());
    source.gates.shut_at(2);
    let strategy = Arc::new(Recording::around(LeastRecentlyUpdatedEvictionStrategy::new(1)));
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(strategy.clone())
        .update_after(Duration::ZERO)
        .wrap(source.method());
    memo.call(A).await.unwrap();
    assert_eq!(memo.outcome(A).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;
    memo.call(B).await.unwrap();
    assert_eq!(kept(&storage, [A, B]), [A, B]);

    memo.try_invalidate(&A).await.unwrap();
    assert_eq!((kept(&storage, [A, B]), strategy.tracked()), (vec![B], vec![B]));
    // What it was loading is superseded, and nothing of it comes back.
    source.gates.open_at(2);
    memo.call(3).await.unwrap();
    until(&rt, || strategy.tracked() == [3]).await;
    assert_eq!(kept(&storage, [A, B, 3]), [3]);
}

async fn b73_a_spared_key_leaves_a_storage_that_waits_once_its_load_was_dropped<R: Timed>(rt: R) {
    let (storage, source) = (Probe::new(), Numbered::open());
    source.gates.shut_at(2);
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .on_abandon(Abandon::Abort)
        .wrap(source.method());
    memo.call(A).await.unwrap();
    let mut forced = Box::pin(memo.force_refresh(A));
    assert!(polled(&mut forced).await.is_pending());
    until(&rt, || source.count() == 2).await;
    memo.call(B).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 1).await;
    assert_eq!(kept(storage.within(), [A, B]), [A, B]);

    drop(forced);

    until(&rt, || kept(storage.within(), [A, B]) == [B]).await;
    assert_eq!(memo.stats().evicted, 1);
}

async fn b73_a_key_that_a_clear_has_spared_leaves_after_it<R: Timed>(rt: R) {
    let (storage, gate) = (Probe::new(), Gate::shut());
    let memo = Builder::on(rt.clone())
        .storage(storage.clone())
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    storage.next(Operation::Offer, Mode::Wait(gate.clone()));
    memo.call(B).await.unwrap();
    // The storage cannot clear itself, so both entries stay in it.
    let mut clear = Box::pin(memo.try_clear());
    assert!(polled(&mut clear).await.is_pending());

    gate.open();
    clear.await.unwrap();

    until(&rt, || kept(storage.within(), [A, B]) == [B]).await;
    assert_eq!(memo.stats().evicted, 1);
}

async fn b73_a_spared_key_leaves_after_an_invalidation_that_failed<R: Timed>(rt: R) {
    let storage = Probe::new();
    let memo = Builder::on(rt.plain())
        .storage(storage.clone())
        .storage_timeout(Duration::from_millis(50))
        .eviction_strategy(LeastRecentlyUpdatedEvictionStrategy::new(1))
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    storage.next(Operation::Release, Mode::Hang);
    let mut invalidation = Box::pin(memo.try_invalidate(&A));
    assert!(polled(&mut invalidation).await.is_pending());
    memo.call(B).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(kept(storage.within(), [A, B]), [A, B]);

    assert!(invalidation.await.is_err());

    until(&rt, || kept(storage.within(), [A, B]) == [B]).await;
    assert_eq!(memo.stats().evicted, 1);
}

async fn b74_a_rewrite_during_a_slow_release_leaves_storage_and_strategy_agreed<R: Timed>(rt: R) {
    let (probe, gate) = (Probe::new(), Gate::shut());
    let strategy = Arc::new(Recording::around(LeastRecentlyUpdatedEvictionStrategy::new(1)));
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .eviction_strategy(strategy.clone())
        .wrap(Numbered::open().method());
    memo.call(A).await.unwrap();
    until(&rt, || strategy.tracked() == [A]).await;

    probe.set(Operation::Release, Mode::Wait(gate.clone()));
    memo.call(B).await.unwrap();
    until(&rt, || probe.count(Operation::Release, Moment::Began) == 1).await;
    let mut forced = Box::pin(memo.force_refresh(A));
    let answered = polled(&mut forced).await;
    gate.open();
    let forced = match answered {
        Poll::Ready(answer) => answer,
        Poll::Pending => forced.await,
    };
    assert_eq!(forced.unwrap(), 3);

    // The last written is the survivor.
    until(&rt, || strategy.tracked() == [A] && probe.within().len() == 1).await;
    assert_eq!(value(probe.within(), A), Some(3));
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!((kept(probe.within(), [A, B]), strategy.tracked()), (vec![A], vec![A]));
    assert_eq!(memo.stats().storage_errors, 0);
}

/// Chooses a key that was never written, until it has left.
#[derive(Debug, Default)]
struct Names99 {
    written: AtomicBool,
    released: AtomicBool,
    asked_too_early: AtomicBool,
}

impl EvictionStrategy<u32, u32> for Names99 {
    fn mark_read(&self, _key: &u32) {}

    fn mark_written(&self, _key: &u32, _entry: &CacheEntry<u32>) {
        self.written.store(true, SeqCst);
    }

    fn mark_released(&self, key: &u32) {
        self.released.store(*key == 99, SeqCst);
    }

    fn next_to_release(&self) -> Option<u32> {
        self.asked_too_early.fetch_or(!self.written.load(SeqCst), SeqCst);
        (!self.released.load(SeqCst)).then_some(99)
    }
}

/// Names the first written, above a capacity that changes.
#[derive(Debug)]
struct Oldest {
    capacity: AtomicUsize,
    keys: Mutex<Vec<u32>>,
}

impl Oldest {
    fn of(capacity: usize) -> Self {
        Self { capacity: capacity.into(), keys: Mutex::default() }
    }
}

impl EvictionStrategy<u32, u32> for Oldest {
    fn mark_read(&self, _key: &u32) {}

    fn mark_written(&self, key: &u32, _entry: &CacheEntry<u32>) {
        self.keys.lock().unwrap().push(*key);
    }

    fn mark_released(&self, key: &u32) {
        self.keys.lock().unwrap().retain(|kept| kept != key);
    }

    fn next_to_release(&self) -> Option<u32> {
        let keys = self.keys.lock().unwrap();
        (keys.len() > self.capacity.load(SeqCst)).then(|| keys[0])
    }
}
