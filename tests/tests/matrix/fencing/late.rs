//! Writes that end without an answer, and take effect when something newer has come.

use super::value_of;

use evermemo::{Builder, Memo, Runtime, Source};
use evermemo_tests::{
    Mode, Moment, Numbered, Operation, Probe, Timed, on_every_runtime, polled, until, yielded,
};
use std::{convert::Infallible, time::Duration};

use crate::flights::soon;

on_every_runtime! {
    p3_6_a_late_write_answers_nobody_once_a_load_is_stored,
    p3_6_a_late_write_answers_nobody_once_a_load_has_landed,
    p3_6_a_late_write_answers_nobody_after_an_insertion,
    p3_6_a_late_write_answers_nobody_after_an_invalidation,
    p3_6_a_late_write_answers_nobody_after_a_clear,
    p3_6_a_late_insertion_answers_nobody_after_a_load,
    p3_6_a_late_write_of_what_waits_for_it_answers_nobody,
    p3_6_what_a_dead_runtime_has_written_late_answers_nobody,
    p3_6_a_late_write_that_nothing_has_outdone_is_an_answer,
    p3_6_a_late_write_is_forgotten_with_the_life_of_its_value,
}

const PATIENCE: Duration = Duration::from_millis(20);

type Numbers<R> = Memo<u32, u32, Infallible, R>;

fn memo<R: Runtime>(runtime: R, probe: &Probe<u32, u32>) -> Numbers<R> {
    let builder = Builder::on(runtime).storage_timeout(PATIENCE);
    builder.storage(probe.clone()).wrap(Numbered::open().method())
}

/// Loads 1, whose write is given up and may land at any time.
async fn one_is_late<R: Timed, C: Runtime>(rt: &R, probe: &Probe<u32, u32>, memo: &Numbers<C>) {
    probe.next(Operation::Offer, Mode::Late);
    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(rt, || probe.count(Operation::Offer, Moment::Dropped) == 1).await;
    until(rt, || memo.cache().in_flight() == 0).await;
}

/// Calls until a hit, and returns its value; each call is told that or something newer.
async fn hit<R: Timed, C: Runtime>(rt: &R, memo: &Numbers<C>, newest: u32) -> u32 {
    for _ in 0..5 {
        let outcome = soon(rt, Box::pin(memo.outcome(7))).await.unwrap();
        assert!(outcome.value >= newest, "{} is older than {newest}", outcome.value);
        if outcome.source == Source::Hit {
            return outcome.value;
        }
        until(rt, || memo.cache().in_flight() == 0).await;
    }
    panic!("nothing is ever stored");
}

/// The late write lands over what is stored now, and is no answer.
async fn lands<R: Timed, C: Runtime>(
    rt: &R,
    probe: &Probe<u32, u32>,
    memo: &Numbers<C>,
    (late, newest): (u32, u32),
) {
    assert_eq!(probe.land_late(), 1);
    assert_eq!(value_of(probe.within(), 7), Some(late));
    assert!(hit(rt, memo, newest).await > late);
}

async fn p3_6_a_late_write_answers_nobody_once_a_load_is_stored<R: Timed>(rt: R) {
    // By a clock that goes on, and by one that stands still.
    let probe = Probe::new();
    stored(&rt, &probe, &memo(rt.plain(), &probe)).await;
    let probe = Probe::new();
    stored(&rt, &probe, &memo(rt.clone(), &probe)).await;
}

async fn stored<R: Timed, C: Runtime>(rt: &R, probe: &Probe<u32, u32>, memo: &Numbers<C>) {
    one_is_late(rt, probe, memo).await;
    assert_eq!(soon(rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2);
    until(rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(value_of(probe.within(), 7), Some(2));
    assert_eq!(hit(rt, memo, 2).await, 2);
    lands(rt, probe, memo, (1, 2)).await;
}

async fn p3_6_a_late_write_answers_nobody_once_a_load_has_landed<R: Timed>(rt: R) {
    for mode in [Mode::Hang, Mode::Fail("full")] {
        let probe = Probe::new();
        let memo = memo(rt.plain(), &probe);
        one_is_late(&rt, &probe, &memo).await;
        probe.next(Operation::Offer, mode);
        assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2);
        until(&rt, || memo.cache().in_flight() == 0).await;
        lands(&rt, &probe, &memo, (1, 2)).await;
    }
}

async fn p3_6_a_late_write_answers_nobody_after_an_insertion<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = memo(rt.plain(), &probe);
    one_is_late(&rt, &probe, &memo).await;
    soon(&rt, Box::pin(memo.try_insert(7, 100))).await.unwrap();
    assert_eq!(hit(&rt, &memo, 100).await, 100);
    assert_eq!(probe.land_late(), 1);
    let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Loaded));
}

async fn p3_6_a_late_write_answers_nobody_after_an_invalidation<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = memo(rt.clone(), &probe);
    one_is_late(&rt, &probe, &memo).await;
    soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap();
    lands(&rt, &probe, &memo, (1, 2)).await;
}

async fn p3_6_a_late_write_answers_nobody_after_a_clear<R: Timed>(rt: R) {
    for clears in [true, false] {
        let probe = Probe::new();
        if clears {
            probe.allow_clear();
        }
        let memo = memo(rt.clone(), &probe);
        one_is_late(&rt, &probe, &memo).await;
        soon(&rt, Box::pin(memo.try_clear())).await.unwrap();
        assert_eq!(hit(&rt, &memo, 2).await, 2);
        lands(&rt, &probe, &memo, (1, 2)).await;
    }
}

async fn p3_6_a_late_insertion_answers_nobody_after_a_load<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = memo(rt.plain(), &probe);
    probe.next(Operation::Offer, Mode::Late);
    assert!(soon(&rt, Box::pin(memo.try_insert(7, 0))).await.is_err());
    assert_eq!(hit(&rt, &memo, 1).await, 1);
    lands(&rt, &probe, &memo, (0, 1)).await;
}

/// What comes next waits for the write, and ends it.
async fn p3_6_a_late_write_of_what_waits_for_it_answers_nobody<R: Timed>(rt: R) {
    for change in 0..4 {
        let probe = Probe::new();
        probe.allow_clear();
        let memo = memo(rt.clone(), &probe);
        probe.next(Operation::Offer, Mode::Late);
        assert_eq!(memo.call(7).await.unwrap(), 1);
        match change {
            0 => assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2),
            1 => soon(&rt, Box::pin(memo.try_insert(7, 100))).await.unwrap(),
            2 => soon(&rt, Box::pin(memo.try_invalidate(&7))).await.unwrap(),
            _ => soon(&rt, Box::pin(memo.try_clear())).await.unwrap(),
        }
        until(&rt, || memo.cache().in_flight() == 0).await;
        assert_eq!(probe.count(Operation::Offer, Moment::Dropped), 1);
        lands(&rt, &probe, &memo, (1, 2)).await;
    }
}

async fn p3_6_what_a_dead_runtime_has_written_late_answers_nobody<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = memo(rt.clone(), &probe);
    probe.next(Operation::Offer, Mode::Late);
    rt.set_running(false);
    let mut call = Box::pin(memo.call(7));
    let _answer = polled(&mut call).await;
    drop(call);
    until(&rt, || probe.count(Operation::Offer, Moment::Dropped) == 1).await;
    rt.set_running(true);
    yielded().await;
    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 2);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(hit(&rt, &memo, 2).await, 2);
    lands(&rt, &probe, &memo, (1, 2)).await;
}

async fn p3_6_a_late_write_that_nothing_has_outdone_is_an_answer<R: Timed>(rt: R) {
    let probe = Probe::new();
    let memo = memo(rt.plain(), &probe);
    memo.try_insert(7, 100).await.unwrap();
    probe.next(Operation::Offer, Mode::Late);
    assert_eq!(soon(&rt, Box::pin(memo.force_refresh(7))).await.unwrap(), 1);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(probe.land_late(), 1);
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source), (1, Source::Hit));
}

async fn p3_6_a_late_write_is_forgotten_with_the_life_of_its_value<R: Timed>(rt: R) {
    let probe = Probe::new();
    let life = Duration::from_secs(10);
    let builder = Builder::on(rt.clone()).storage_timeout(PATIENCE).expire_after(life);
    let memo = builder.storage(probe.clone()).wrap(Numbered::open().method());
    one_is_late(&rt, &probe, &memo).await;
    rt.advance(life);
    // Looked through now and then, with a write.
    memo.try_insert(8, 0).await.unwrap();
    let old = evermemo::CacheEntry::new(50, evermemo::Instant::ZERO);
    let _done = evermemo::CacheStorage::offer(probe.within(), &7, &old, rt.now());
    assert_eq!(memo.call(7).await.unwrap(), 50);
}
