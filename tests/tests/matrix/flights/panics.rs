//! Panics of loads and of values.

use super::{boom, ending};

use evermemo::{Backoff, Builder, Failure, Source};
use evermemo_tests::{Numbered, Timed, all, caught, caught_now, on_every_runtime, polled, until};
use std::{
    convert::Infallible,
    panic::{panic_any, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    b43_a_panic_reaches_every_caller_with_its_message,
    b43_a_closure_that_panics_before_its_future_is_a_load_that_panics,
    b43_a_panic_without_a_text_is_a_panic,
    p2_6_a_panicking_refresh_keeps_the_old_value,
    p2_6_a_panicking_clone_harms_its_caller_only,
    p2_6_a_panic_while_a_load_is_dropped_harms_nobody,
}

async fn b43_a_panic_reaches_every_caller_with_its_message<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let end = |run| if run == 1 { boom() } else { Ok::<_, Infallible>(run) };
    let memo = Builder::on(rt).try_wrap(ending(&source, end));
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    source.gates.open_all();

    for (call, joined) in [(a, false), (b, true)] {
        let error = call.await.expect_err("it panics");
        assert!(error.is_panic());
        assert_eq!(error.is_joined(), joined);
        assert!(matches!(error.failure(), Failure::Panicked(message) if **message == *"boom"));
    }
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value, next.source, source.count()), (2, Source::Loaded, 2));
    assert_eq!((memo.stats().panics, memo.cache().in_flight()), (1, 0));
}

async fn b43_a_closure_that_panics_before_its_future_is_a_load_that_panics<R: Timed>(rt: R) {
    let source = Numbered::open();
    let method = source.method();
    let memo = Builder::on(rt).wrap(move |n: u32| {
        let run = method(n);
        if n == 1 { boom() } else { run }
    });

    let error = memo.call(1).await.expect_err("it panics");

    assert!(matches!(error.failure(), Failure::Panicked(message) if **message == *"boom"));
    assert!(memo.call(1).await.expect_err("it panics again").is_panic());
    assert_eq!((source.count(), memo.stats().panics, memo.cache().in_flight()), (2, 2, 0));
    assert_eq!(memo.call(2).await.unwrap(), 3);
}

async fn b43_a_panic_without_a_text_is_a_panic<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(|n: u32| async move {
        if n == 1 {
            resume_unwind(caught_now(|| panic_any(7_u32)).expect_err("it panics"));
        }
        n
    });

    assert!(memo.call(1).await.expect_err("it panics").is_panic());
    assert_eq!(memo.call(2).await.unwrap(), 2);
}

async fn p2_6_a_panicking_refresh_keeps_the_old_value<R: Timed>(rt: R) {
    let source = Numbered::open();
    let end = |run| if run == 2 { boom() } else { Ok::<_, Infallible>(run) };
    let memo = Builder::on(rt.clone())
        .update_after(Duration::ZERO)
        .refresh_backoff(Backoff::NONE)
        .try_wrap(ending(&source, end));
    assert_eq!(memo.call(7).await.unwrap(), 1);

    assert_eq!(memo.call(7).await.unwrap(), 1);
    until(&rt, || memo.stats().refresh_failures == 1).await;
    assert_eq!(memo.stats().panics, 1);
    until(&rt, || memo.cache().in_flight() == 0).await;

    let still = memo.outcome(7).await.unwrap();
    assert_eq!((still.value, still.source), (1, Source::Stale));
    until(&rt, || memo.cache().entry(&7).is_some_and(|entry| entry.value == 3)).await;
}

/// Its clone panics when the fuse has burnt down.
#[derive(Debug)]
struct Fused {
    value: u32,
    fuse: Arc<AtomicUsize>,
}

impl Clone for Fused {
    fn clone(&self) -> Self {
        let burning = self.fuse.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
        if burning == Ok(1) {
            boom();
        }
        Self { value: self.value, fuse: self.fuse.clone() }
    }
}

async fn p2_6_a_panicking_clone_harms_its_caller_only<R: Timed>(rt: R) {
    let (source, fuse) = (Numbered::open(), Arc::new(AtomicUsize::new(0)));
    let burning = fuse.clone();
    let end = move |value| Ok::<_, Infallible>(Fused { value, fuse: burning.clone() });
    let memo = Builder::on(rt).try_wrap(ending(&source, end));
    assert_eq!(memo.call(7).await.unwrap().value, 1);

    fuse.store(1, SeqCst);
    assert!(caught(memo.call(7)).await.is_err());
    let next = memo.outcome(7).await.unwrap();
    assert_eq!((next.value.value, next.source), (1, Source::Hit));

    // Whichever clone it is on the way of a flight with three callers: the storage's or one of
    // theirs.
    for length in 1..=4 {
        let key = 10 + u32::try_from(length).expect("a small number");
        let run = source.count() + 1;
        source.gates.shut_at(run);
        let mut calls: Vec<_> = (0..3).map(|_| Box::pin(memo.call(key))).collect();
        for call in &mut calls {
            assert!(polled(call).await.is_pending());
        }
        fuse.store(length, SeqCst);
        source.gates.open_at(run);

        let answers = all(calls.into_iter().map(caught)).await;

        fuse.store(0, SeqCst);
        let values: Vec<_> = answers.into_iter().flatten().map(Result::unwrap).collect();
        assert!(values.len() >= 2, "the clone {length} harmed {} callers", 3 - values.len());
        assert!(values.iter().all(|fused| fused.value == run));
        assert_eq!((source.count(), memo.cache().in_flight()), (run, 0));
        // A storage whose own clone panicked does without the entry.
        assert!(memo.call(key).await.is_ok());
    }
}

/// Panics when it is dropped.
struct Sticky;

impl Drop for Sticky {
    fn drop(&mut self) {
        boom();
    }
}

async fn p2_6_a_panic_while_a_load_is_dropped_harms_nobody<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let method = source.method();
    let builder = Builder::on(rt.plain()).method_timeout(Duration::from_millis(20));
    let memo = builder.wrap(move |n: u32| {
        let run = method(n);
        async move {
            let sticky = Sticky;
            let value = run.await;
            std::mem::forget(sticky);
            value
        }
    });
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    // At the deadline the load is dropped, and its drop panics. Everybody is told of the timeout.
    assert!(a.await.is_err_and(|error| error.is_timeout()));
    assert!(b.await.is_err_and(|error| error.is_timeout()));

    assert_eq!(memo.cache().in_flight(), 0);
    assert_eq!(memo.call(7).await.unwrap(), 2);
}
