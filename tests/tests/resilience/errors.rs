//! Errors that are the answer for a while.

use super::{
    HOUR, MINUTE, NANO, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Page, Told, Way},
    cause,
};

use evermemo::{Backoff, Builder, Error, Failure, Runtime, Source, Trigger, testing};
use evermemo_tests::{
    Gate, Gates, Mode, Operation, Probe, Timed, ended, on_every_runtime, polled, until,
};
use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

on_every_runtime! {
    p4_7_an_error_is_the_answer_for_its_own_time,
    p4_7_errors_are_not_kept_by_default,
    p4_7_a_success_forgets_the_error,
    p4_7_a_forced_load_forgets_the_error,
    p4_7_a_forced_load_that_fails_is_kept_anew,
    p4_7_an_insertion_forgets_the_error,
    p4_7_an_invalidation_forgets_the_error,
    p4_7_clearing_forgets_the_error,
    p4_7_panics_are_not_kept,
    p4_7_an_error_concerns_its_key_alone,
    p4_7_at_most_4_096_errors_are_kept,
    p4_7_what_may_stand_in_is_the_answer_and_not_the_error,
    p4_7_an_error_that_is_an_answer_is_kept_beside_what_may_stand_in,
    p4_7_an_error_of_a_refresh_is_the_answer_once_the_entry_has_expired,
    p4_7_the_error_of_a_superseded_load_is_not_kept,
    p4_7_a_storage_that_waits_keeps_no_error_back,
    p4_7_a_time_without_end_is_not_an_overflow,
    p4_7_joiners_share_the_error_and_later_calls_too,
    p2_6_a_payload_that_panics_as_it_is_dropped_harms_nobody,
}

/// What a load panics with, panics when it is dropped, so many times.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if let Some(fuse) = self.0.checked_sub(1) {
            resume_unwind(Box::new(Self(fuse)));
        }
    }
}

async fn p2_6_a_payload_that_panics_as_it_is_dropped_harms_nobody<R: Timed>(rt: R) {
    for fuse in [1, 2, 7] {
        let (gates, armed) = (Gates::open(), Arc::new(AtomicBool::new(true)));
        let (shut, explodes) = (gates.clone(), armed.clone());
        let memo = Builder::on(rt.clone()).wrap(move |key: u32| {
            if key == 1 && explodes.load(SeqCst) {
                resume_unwind(Box::new(Bomb(fuse)));
            }
            let (passed, explodes) = (shut.passed(key), explodes.clone());
            async move {
                passed.await;
                if explodes.load(SeqCst) {
                    resume_unwind(Box::new(Bomb(fuse)));
                }
                key
            }
        });
        // In the closure, in the first poll of its future, and after a wait.
        gates.shut_at(3);
        for key in 1..=3 {
            let (mut leader, mut joiner) = (Box::pin(memo.call(key)), Box::pin(memo.call(key)));
            if key == 3 {
                assert!(polled(&mut leader).await.is_pending());
                assert!(polled(&mut joiner).await.is_pending());
                gates.open_all();
            }
            for call in [leader, joiner] {
                let error = ended(&rt, call).await.expect_err("it panics");
                assert!(matches!(error.failure(), Failure::Panicked(_)), "{error:?}");
            }
        }
        armed.store(false, SeqCst);
        for key in 1..=3 {
            assert_eq!(ended(&rt, memo.call(key)).await.unwrap(), key);
        }
        assert_eq!(memo.cache().in_flight(), 0);
    }
}

async fn p4_7_an_error_is_the_answer_for_its_own_time<R: Timed>(rt: R) {
    let (backend, page, memo) = keeping(&rt);
    backend.fail();
    assert_eq!(cause(&memo, 1).await, "down");
    page.take();

    rt.advance(10 * SECOND - NANO);
    for _ in 0..5 {
        let error = error_at_once(&memo, 1).await;
        assert_eq!(error.cause(), Some(&"down"));
        assert_eq!(error.to_string(), "refresh failed to complete");
    }
    let stats = memo.stats();
    assert_eq!((backend.count(), stats.loads, stats.load_failures), (1, 1, 1));
    assert_eq!((stats.rejected, stats.cached_errors, stats.calls()), (5, 5, 6));
    assert_eq!(page.take(), vec![Told::Rejected("down".into()); 5]);

    rt.advance(NANO);
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!((backend.count(), memo.stats().rejected), (2, 5));
}

async fn p4_7_errors_are_not_kept_by_default<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt).try_wrap(backend.method());
    backend.fail();
    for loads in 1..=3 {
        assert_eq!(cause(&memo, 1).await, "down");
        assert_eq!(backend.count(), loads);
    }
    assert_eq!((memo.stats().rejected, memo.stats().cached_errors), (0, 0));
}

async fn p4_7_a_success_forgets_the_error<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
    assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    // It does not come back with the end of the value.
    rt.advance(MINUTE);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
}

async fn p4_7_a_forced_load_forgets_the_error<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    backend.set(Way::Works);

    assert_eq!(memo.force_refresh(1).await.unwrap(), 2);
    assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));

    // From its start on: who comes while it runs joins it.
    backend.fail();
    cause(&memo, 2).await;
    backend.set(Way::Works);
    backend.source.gates.shut_at(4);
    let mut forced = Box::pin(memo.force_refresh(2));
    assert!(polled(&mut forced).await.is_pending());
    let mut caller = Box::pin(memo.outcome(2));
    assert!(polled(&mut caller).await.is_pending());
    backend.source.gates.open_all();
    assert_eq!(forced.await.unwrap(), 4);
    let joined = caller.await.unwrap();
    assert_eq!((joined.value, joined.source), (4, Source::Joined));
}

async fn p4_7_a_forced_load_that_fails_is_kept_anew<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    rt.advance(9 * SECOND);
    backend.set(Way::Fails("gone"));

    let error = memo.force_refresh(1).await.expect_err("it fails");
    assert_eq!(error.cause(), Some(&"gone"));

    rt.advance(10 * SECOND - NANO);
    assert_eq!(error_at_once(&memo, 1).await.cause(), Some(&"gone"));
    assert_eq!(backend.count(), 2);
}

async fn p4_7_an_insertion_forgets_the_error<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;

    memo.insert(1, 50).await;

    assert_eq!(at_once(&memo, 1).await, (50, Source::Hit));
    // An entry that is gone again does not bring it back.
    memo.invalidate(&1).await;
    assert_eq!(cause(&memo, 1).await, "down");
    assert_eq!(backend.count(), 2);
}

async fn p4_7_an_invalidation_forgets_the_error<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    memo.invalidate(&1).await;
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
}

async fn p4_7_clearing_forgets_the_error<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    cause(&memo, 2).await;
    memo.clear().await;
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
    assert_eq!(answer(&memo, 2).await, (4, Source::Loaded));
}

async fn p4_7_panics_are_not_kept<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.set(Way::Panics);
    for loads in 1..=2 {
        assert!(memo.call(1).await.expect_err("it panics").is_panic());
        assert_eq!(backend.count(), loads);
    }

    // Nor does an error outlast a panic that comes after it.
    backend.fail();
    cause(&memo, 1).await;
    backend.set(Way::Panics);
    assert!(memo.force_refresh(1).await.expect_err("it panics").is_panic());
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (5, Source::Loaded));
}

#[test]
fn p4_7_timeouts_are_not_kept() {
    testing::run(async |time| {
        let backend = Backend::up();
        let memo = Builder::on(time.clone())
            .method_timeout(5 * SECOND)
            .cache_errors_for(HOUR)
            .try_wrap(backend.method());
        backend.set(Way::Hangs);
        for loads in 1..=2 {
            assert!(memo.call(1).await.expect_err("it hangs").is_timeout());
            assert_eq!(backend.count(), loads);
        }
        assert_eq!((memo.stats().rejected, memo.stats().cached_errors), (0, 0));
    });
}

async fn p4_7_an_error_concerns_its_key_alone<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    cause(&memo, 1).await;
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 2).await, (2, Source::Loaded));
    assert_eq!(error_at_once(&memo, 1).await.cause(), Some(&"down"));
}

async fn p4_7_at_most_4_096_errors_are_kept<R: Timed>(rt: R) {
    let (backend, _, memo) = keeping(&rt);
    backend.fail();
    for key in 0..5_000 {
        cause(&memo, key).await;
    }
    assert_eq!(backend.count(), 5_000);
    for key in 0..5_000 {
        cause(&memo, key).await;
    }
    // Those that came first are; the others load each time.
    assert_eq!(memo.stats().cached_errors, 4_096);
    assert_eq!(backend.count(), 5_000 + (5_000 - 4_096));

    // There is room again once they are over.
    rt.advance(10 * SECOND);
    cause(&memo, 6_000).await;
    rt.advance(SECOND);
    cause(&memo, 6_001).await;
    let before = backend.count();
    cause(&memo, 6_001).await;
    assert_eq!(backend.count(), before);
}

async fn p4_7_what_may_stand_in_is_the_answer_and_not_the_error<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error(HOUR)
        .refresh_backoff(Backoff::NONE)
        .cache_errors_for(10 * SECOND)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);
    backend.fail();

    for _ in 0..3 {
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    }
    assert_eq!((memo.stats().rejected, memo.stats().cached_errors), (0, 0));

    // A key that has nothing old keeps its error.
    cause(&memo, 2).await;
    assert_eq!(error_at_once(&memo, 2).await.cause(), Some(&"down"));

    // Once the old value is too old, the error is kept.
    rt.advance(HOUR);
    assert_eq!(cause(&memo, 1).await, "down");
    let before = backend.count();
    assert_eq!(error_at_once(&memo, 1).await.cause(), Some(&"down"));
    assert_eq!(backend.count(), before);
}

async fn p4_7_an_error_that_is_an_answer_is_kept_beside_what_may_stand_in<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .stale_if_error_when(HOUR, |error: &&'static str| *error != "no such thing")
        .refresh_backoff(Backoff::exponential(SECOND, SECOND))
        .cache_errors_for(10 * SECOND)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(MINUTE);
    backend.set(Way::Fails("no such thing"));
    assert_eq!(cause(&memo, 1).await, "no such thing");

    rt.advance(10 * SECOND - NANO);
    assert_eq!(error_at_once(&memo, 1).await.cause(), Some(&"no such thing"));
    assert_eq!((backend.count(), memo.stats().cached_errors), (2, 1));

    rt.advance(NANO);
    backend.fail();
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    assert_eq!(backend.count(), 3);
}

/// The error of a refresh is no answer while the entry is stale; once it has expired there is
/// nothing else to be answered with.
async fn p4_7_an_error_of_a_refresh_is_the_answer_once_the_entry_has_expired<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(55 * SECOND)
        .expire_after(MINUTE)
        .refresh_backoff(Backoff::exponential(HOUR, HOUR))
        .cache_errors_for(10 * SECOND)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(55 * SECOND);
    backend.fail();
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    until(&rt, || memo.stats().refresh_failures == 1).await;
    at_rest(&rt, &memo).await;
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));

    rt.advance(5 * SECOND);
    // After it has expired, the pause of the refresh holds no caller up; at the latest the end of the
    // error's own time does not.
    backend.set(Way::Works);
    match memo.outcome(1).await {
        Ok(outcome) => assert_eq!(outcome.value, 3),
        Err(error) => assert_eq!(error.cause(), Some(&"down")),
    }
    rt.advance(5 * SECOND);
    assert_eq!(answer(&memo, 1).await.0, 3);
}

async fn p4_7_the_error_of_a_superseded_load_is_not_kept<R: Timed>(rt: R) {
    for removal in 0..3 {
        let (backend, _, memo) = keeping(&rt);
        backend.fail();
        backend.source.gates.shut_at(1);
        let mut before = Box::pin(memo.call(1));
        assert!(polled(&mut before).await.is_pending());
        match removal {
            0 => memo.invalidate(&1).await,
            1 => memo.clear().await,
            _ => memo.insert(1, 50).await,
        }
        backend.source.gates.open_all();
        assert_eq!(before.await.expect_err("it fails").cause(), Some(&"down"));
        if removal == 2 {
            assert_eq!(at_once(&memo, 1).await, (50, Source::Hit));
            rt.advance(MINUTE);
        }
        backend.set(Way::Works);
        assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
        assert_eq!(memo.stats().cached_errors, 0);
    }
}

async fn p4_7_a_storage_that_waits_keeps_no_error_back<R: Timed>(rt: R) {
    let (backend, probe) = (Backend::up(), Probe::<u32, u32>::new());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .cache_errors_for(10 * SECOND)
        .try_wrap(backend.method());
    backend.fail();
    assert!(memo.call(1).await.is_err());
    at_rest(&rt, &memo).await;
    assert_eq!(memo.call(1).await.expect_err("it is kept").cause(), Some(&"down"));
    assert_eq!((backend.count(), memo.stats().cached_errors), (1, 1));

    // An invalidation that waits for the storage has forgotten it in the end.
    let gate = Gate::shut();
    probe.next(Operation::Release, Mode::Wait(gate.clone()));
    let mut invalidation = Box::pin(memo.try_invalidate(&1));
    assert!(polled(&mut invalidation).await.is_pending());
    gate.open();
    invalidation.await.unwrap();
    backend.set(Way::Works);
    assert_eq!(memo.call(1).await.unwrap(), 2);
}

async fn p4_7_a_time_without_end_is_not_an_overflow<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> =
        Builder::on(rt.clone()).cache_errors_for(Duration::MAX).try_wrap(backend.method());
    backend.fail();
    cause(&memo, 1).await;
    rt.advance(100 * 365 * 24 * HOUR);
    assert_eq!(error_at_once(&memo, 1).await.cause(), Some(&"down"));
    assert_eq!(backend.count(), 1);
}

async fn p4_7_joiners_share_the_error_and_later_calls_too<R: Timed>(rt: R) {
    let (backend, page, memo) = keeping(&rt);
    backend.fail();
    backend.source.gates.shut_at(1);
    let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    backend.source.gates.open_all();
    let led = a.await.expect_err("it fails").into_cause().expect("the method's");
    let joined = b.await.expect_err("it fails").into_cause().expect("the method's");
    let kept = error_at_once(&memo, 1).await.into_cause().expect("the method's");

    assert!(Arc::ptr_eq(&led, &joined) && Arc::ptr_eq(&led, &kept));
    let stats = memo.stats();
    assert_eq!((stats.loads, stats.joins, stats.rejected, stats.calls()), (1, 1, 1, 3));
    let ended = Told::Ended { key: 1, trigger: Trigger::Call, result: Err("down".into()) };
    assert_eq!(
        page.take(),
        [Told::Started(1, Trigger::Call), Told::Joined(1), ended, Told::Rejected("down".into()),]
    );
}

/// A memo that keeps values for a minute and errors for ten seconds.
fn keeping<R: Timed>(rt: &R) -> (Backend, Page, Numbers<R>) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo = Builder::on(rt.clone())
        .expire_after(MINUTE)
        .cache_errors_for(10 * SECOND)
        .observer(page.clone())
        .try_wrap(backend.method());
    (backend, page, memo)
}

/// Makes a call that must fail, and must not wait.
async fn error_at_once<R: Runtime>(memo: &Numbers<R>, key: u32) -> Error<&'static str> {
    match polled(&mut Box::pin(memo.call(key))).await {
        Poll::Ready(answer) => answer.expect_err("no value"),
        Poll::Pending => panic!("a call waits where an error is kept"),
    }
}
