//! Callers who are not polled, and runtimes that stand still.

use super::{Numbers, SECOND};

use evermemo::{
    Builder,
    testing::{self, Virtual},
};
use evermemo_tests::{Numbered, Parking, Timed, ended, on_every_runtime, polled, until};

on_every_runtime! {
    p5_5_a_caller_who_is_not_polled_keeps_no_permit,
    p5_5_a_free_permit_passes_a_caller_who_is_not_polled,
}

async fn p5_5_a_caller_who_is_not_polled_keeps_no_permit<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let method = source.method();
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).try_wrap(move |n: u32| {
        let run = method(n);
        async move { Ok(run.await) }
    });
    let mut unpolled = Box::pin(memo.call(1));
    assert!(polled(&mut unpolled).await.is_pending());
    source.gates.open_all();

    for key in 10..14 {
        assert!(ended(&rt, memo.call(key)).await.is_ok());
    }

    assert_eq!(ended(&rt, unpolled).await.unwrap(), 1);
    assert_eq!((source.count(), memo.cache().in_flight()), (5, 0));
}

async fn p5_5_a_free_permit_passes_a_caller_who_is_not_polled<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let method = source.method();
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(1).try_wrap(move |n: u32| {
        let run = method(n);
        async move { Ok(run.await) }
    });
    let (mut first, mut unpolled) = (Box::pin(memo.call(1)), Box::pin(memo.call(2)));
    assert!(polled(&mut first).await.is_pending());
    assert!(polled(&mut unpolled).await.is_pending());
    let mut last = Box::pin(memo.call(3));
    assert!(polled(&mut last).await.is_pending());
    source.gates.open_all();

    assert!(ended(&rt, first).await.is_ok());
    assert!(ended(&rt, last).await.is_ok());

    // Its load has run all the same.
    until(&rt, || source.count() == 3 && memo.cache().in_flight() == 0).await;
    assert!(ended(&rt, unpolled).await.is_ok());
}

/// A memo of numbers on a runtime that is parked, whose first load waits.
fn parked(time: &Virtual) -> (Parking, Numbered, Numbers<Parking>) {
    let (parking, source) = (Parking::new(time), Numbered::open());
    source.gates.shut_at(1);
    let method = source.method();
    let memo = Builder::on(parking.clone()).max_loads(1).method_timeout(10 * SECOND).try_wrap(
        move |n: u32| {
            let run = method(n);
            async move { Ok(run.await) }
        },
    );
    (parking, source, memo)
}

#[test]
fn p5_5_a_load_that_nothing_polls_gives_its_permit_back_at_its_deadline() {
    testing::run(async |time| {
        let (parking, _, memo) = parked(&time);
        let mut unpolled = Box::pin(memo.call(1));
        assert!(polled(&mut unpolled).await.is_pending());
        time.advance(5 * SECOND).await;
        parking.set_parked(false);

        assert_eq!(memo.call(2).await.unwrap(), 2);

        let late = time.elapsed() - 10 * SECOND;
        assert!(late < SECOND, "{late:?}");
        assert!(unpolled.await.expect_err("it had its time").is_timeout());
        assert_eq!((memo.cache().in_flight(), memo.stats().timeouts), (0, 1));
    });
}

#[test]
fn p5_5_a_load_that_is_long_overdue_gives_its_permit_back_at_once() {
    testing::run(async |time| {
        let (parking, _, memo) = parked(&time);
        let mut unpolled = Box::pin(memo.call(1));
        assert!(polled(&mut unpolled).await.is_pending());
        time.advance(60 * SECOND).await;
        parking.set_parked(false);

        assert_eq!(memo.call(2).await.unwrap(), 2);

        assert_eq!(time.elapsed(), 60 * SECOND);
        assert!(unpolled.await.is_err());
    });
}

#[test]
fn p5_5_a_free_permit_passes_a_load_whose_runtime_stands_still() {
    testing::run(async |time| {
        let (parking, source, memo) = parked(&time);
        parking.set_parked(false);
        let mut first = Box::pin(memo.call(1));
        assert!(polled(&mut first).await.is_pending());
        time.advance(SECOND).await;
        parking.set_parked(true);
        let mut unpolled = Box::pin(memo.call(2));
        assert!(polled(&mut unpolled).await.is_pending());
        parking.set_parked(false);
        let mut last = Box::pin(memo.call(3));
        assert!(polled(&mut last).await.is_pending());
        time.advance(SECOND).await;

        source.gates.open_all();

        assert_eq!(first.await.unwrap(), 1);
        assert_eq!(last.await.unwrap(), 2);
        assert_eq!(time.elapsed(), 2 * SECOND);
        // Its leader may drive it as well as the task that does not run.
        assert_eq!(unpolled.await.unwrap(), 3);
    });
}
