//! One load for all who ask.

use super::ending;

use evermemo::{Builder, Runtime, Source};
use evermemo_tests::{Numbered, Timed, all, on_every_runtime, polled};
use std::{error::Error as _, io, ptr, time::Duration};

on_every_runtime! {
    b29_ten_thousand_callers_of_a_cold_key_make_one_load,
    b30_callers_of_a_failing_load_share_its_error,
    p2_1_a_thousand_callers_of_a_failing_load_fail_together,
    b32_the_body_s_own_timeout_is_the_body_s_error,
    p2_9_headlines_say_who_failed_and_sources_say_why,
    b33_a_failure_is_not_stored,
    p2_1_callers_of_different_keys_do_not_wait_for_each_other,
}

async fn b29_ten_thousand_callers_of_a_cold_key_make_one_load<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut calls: Vec<_> = (0..10_000).map(|_| Box::pin(memo.call(7))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }

    source.gates.open_at(1);

    assert!(all(calls).await.into_iter().all(|answer| answer.is_ok_and(|value| value == 1)));
    let stats = memo.stats();
    assert_eq!((source.count(), stats.loads, stats.joins), (1, 1, 9_999));
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn b30_callers_of_a_failing_load_share_its_error<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo =
        Builder::on(rt).try_wrap(ending(&source, |_| Err::<u32, _>(io::Error::other("boom"))));
    let mut calls: Vec<_> = (0..3).map(|_| Box::pin(memo.call(7))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }

    source.gates.open_all();

    let errors: Vec<_> = all(calls).await.into_iter().map(|call| call.unwrap_err()).collect();
    let headlines = errors.iter().map(|error| (error.to_string(), error.is_joined()));
    let joined = || ("concurrent refresh failed to complete".to_owned(), true);
    let expected = [("refresh failed to complete".to_owned(), false), joined(), joined()];
    assert_eq!(headlines.collect::<Vec<_>>(), expected);
    let first = errors[0].cause().expect("the method's own error");
    for error in &errors {
        assert!(ptr::eq(error.cause().expect("the method's own error"), first));
        assert_eq!(error.source().expect("the cause").to_string(), "boom");
    }
    assert_eq!((source.count(), memo.len(), memo.cache().in_flight()), (1, 0, 0));
}

async fn p2_1_a_thousand_callers_of_a_failing_load_fail_together<R: Timed>(rt: R) {
    let plain = rt.plain();
    // A second run would wait for ever.
    let source = Numbered::shut();
    let memo = Builder::on(plain.clone()).try_wrap(ending(&source, |_| Err::<u32, _>("down")));
    let start = plain.now();
    let mut calls: Vec<_> = (0..1_000).map(|_| Box::pin(memo.call(7))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }

    plain.sleep(Duration::from_millis(20)).await;
    source.gates.open_at(1);

    assert!(all(calls).await.iter().all(Result::is_err));
    let elapsed = plain.now().saturating_since(start);
    assert_eq!(source.count(), 1);
    assert!((Duration::from_millis(20)..Duration::from_secs(2)).contains(&elapsed), "{elapsed:?}");
}

async fn b32_the_body_s_own_timeout_is_the_body_s_error<R: Timed>(rt: R) {
    let memo = Builder::on(rt)
        .try_wrap(|_: u32| async { Err::<u32, io::Error>(io::ErrorKind::TimedOut.into()) });

    let error = memo.call(7).await.expect_err("the body fails");

    assert!(!error.is_timeout());
    assert_eq!(error.to_string(), "refresh failed to complete");
    assert_eq!(error.cause().expect("the body's").kind(), io::ErrorKind::TimedOut);
    let stats = memo.stats();
    assert_eq!((stats.load_failures, stats.timeouts), (1, 0));
}

async fn p2_9_headlines_say_who_failed_and_sources_say_why<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let down = |_| Err::<u32, _>("down");
    let memo = Builder::on(rt.clone()).try_wrap(ending(&source, down));
    let mut led = Box::pin(memo.call(7));
    assert!(polled(&mut led).await.is_pending());
    let mut joined = Box::pin(memo.call(7));
    assert!(polled(&mut joined).await.is_pending());
    source.gates.open_all();
    let in_no_time = Builder::on(rt).method_timeout(Duration::ZERO).wrap(|n: u32| async move { n });

    let (led, joined) = (led.await.unwrap_err(), joined.await.unwrap_err());
    let late = in_no_time.call(7).await.unwrap_err();

    assert_eq!(led.to_string(), "refresh failed to complete");
    assert_eq!(joined.to_string(), "concurrent refresh failed to complete");
    assert_eq!(late.to_string(), "refresh timed out");
    for error in [&led, &joined] {
        let because = error.source().expect("there is a cause").to_string();
        assert_eq!((because.as_str(), error.cause()), ("down", Some(&"down")));
    }
    assert!(late.is_timeout() && late.source().is_some());
}

async fn b33_a_failure_is_not_stored<R: Timed>(rt: R) {
    let source = Numbered::open();
    let end = |run| if run == 1 { Err("Get lost") } else { Ok(run) };
    let memo = Builder::on(rt).try_wrap(ending(&source, end));

    let error = memo.call(7).await.expect_err("the first run fails");
    assert_eq!(error.to_string(), "refresh failed to complete");
    assert_eq!((error.cause(), memo.len()), (Some(&"Get lost"), 0));

    let second = memo.outcome(7).await.unwrap();
    assert_eq!((second.value, second.source), (2, Source::Loaded));
    assert_eq!(memo.cache().entry(&7).map(|entry| entry.value), Some(2));
}

async fn p2_1_callers_of_different_keys_do_not_wait_for_each_other<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method());
    let mut slow = Box::pin(memo.call(1));
    assert!(polled(&mut slow).await.is_pending());

    source.gates.open_at(2);
    assert_eq!(memo.call(2).await.unwrap(), 2);

    assert!(polled(&mut slow).await.is_pending());
    source.gates.open_at(1);
    assert_eq!((slow.await.unwrap(), source.count()), (1, 2));
}
