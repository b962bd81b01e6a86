//! Loads that call other caches.

use super::{Numbers, SECOND, meter::Meter};

use evermemo::{Builder, Runtime, testing};
use evermemo_tests::{Gate, Nested, Nests, ended, on_every_runtime, polled, until, yielded};
use futures_util::future::{join, join_all};

on_every_runtime! {
    p5_5_two_bounded_caches_call_each_other,
    p5_5_two_bounded_caches_that_wait_for_each_others_permits_go_on,
    p5_5_a_permit_is_lent_through_a_cache_without_a_bound,
    p5_5_loads_that_another_cache_asks_for_are_bounded_too,
}

/// Two caches of one permit each; what one is called with, it calls the other with one less of.
fn two<R: Nests>(rt: &R, yields: bool) -> ([Numbers<R>; 2], [Meter; 2]) {
    let nested = [Nested::default(), Nested::default()];
    let meters = [Meter::default(), Meter::default()];
    let memos = [0, 1].map(|of| {
        let (other, counted) = (nested[1 - of].clone(), meters[of].clone());
        let memo: Numbers<R> = Builder::on(rt.clone())
            .max_loads(1)
            .method_timeout(4 * SECOND)
            .try_wrap(move |n: u32| {
                let (other, counted) = (other.clone(), counted.clone());
                async move {
                    let runs = counted.begins();
                    if yields {
                        yielded().await;
                    }
                    // Keys of ten are apart from each other, and end at a full ten.
                    if n.is_multiple_of(10) {
                        return Ok(n);
                    }
                    Ok(runs.waits(other.call(n - 1)).await.map_err(|_| "inner")? + 1)
                }
            });
        nested[of].set(&memo);
        memo
    });
    (memos, meters)
}

async fn p5_5_two_bounded_caches_call_each_other<R: Nests>(rt: R) {
    for yields in [false, true] {
        for depth in 1..=7 {
            let ([a, b], meters) = two(&rt, yields);
            // One caller, then many at once, on both sides.
            assert_eq!(ended(&rt, a.call(depth)).await.unwrap(), depth);
            let calls = join_all((1..6).map(|tens| a.call(10 * tens + depth)));
            let others = join_all((1..6).map(|tens| b.call(10 * tens + depth)));

            let (values, others) = ended(&rt, join(calls, others)).await;

            for (tens, value) in (1..6).zip(values).chain((1..6).zip(others)) {
                assert_eq!(value.unwrap(), 10 * tens + depth);
            }
            assert_eq!(meters.map(|meter| meter.most()), [1, 1]);
            assert_eq!((a.cache().in_flight(), b.cache().in_flight()), (0, 0));
        }
    }
}

/// Each has the permit that the other one's call needs, and calls something else.
async fn p5_5_two_bounded_caches_that_wait_for_each_others_permits_go_on<R: Nests>(rt: R) {
    let (nested, gate) = ([Nested::default(), Nested::default()], Gate::shut());
    let memos = [0, 1].map(|of| {
        let (other, passed) = (nested[1 - of].clone(), gate.clone());
        let memo: Numbers<R> = Builder::on(rt.clone())
            .max_loads(1)
            .method_timeout(4 * SECOND)
            .try_wrap(move |n: u32| {
                let (other, passed) = (other.clone(), passed.clone());
                async move {
                    if n < 10 {
                        return Ok(n);
                    }
                    passed.passed().await;
                    Ok(other.call(n - 10).await.map_err(|_| "inner")? + 10)
                }
            });
        nested[of].set(&memo);
        memo
    });
    let [a, b] = &memos;
    let (mut one, mut two) = (Box::pin(a.call(11)), Box::pin(b.call(12)));
    assert!(polled(&mut one).await.is_pending());
    assert!(polled(&mut two).await.is_pending());
    gate.open();

    let (one, two) = ended(&rt, join(one, two)).await;

    assert_eq!((one.unwrap(), two.unwrap()), (11, 12));
    assert_eq!((a.cache().in_flight(), b.cache().in_flight()), (0, 0));
}

async fn p5_5_a_permit_is_lent_through_a_cache_without_a_bound<R: Nests>(rt: R) {
    for yields in [false, true] {
        let (bounded, free, meter) = (Nested::default(), Nested::default(), Meter::default());
        let (back, forth, counted) = (bounded.clone(), free.clone(), meter.clone());
        let unbounded: Numbers<R> = Builder::on(rt.clone()).try_wrap(move |n: u32| {
            let back = back.clone();
            async move {
                if yields {
                    yielded().await;
                }
                back.call(n).await.map_err(|_| "back")
            }
        });
        free.set(&unbounded);
        let memo: Numbers<R> = Builder::on(rt.clone())
            .max_loads(1)
            .method_timeout(4 * SECOND)
            .try_wrap(move |n: u32| {
                let (forth, counted) = (forth.clone(), counted.clone());
                async move {
                    let runs = counted.begins();
                    if yields {
                        yielded().await;
                    }
                    match n {
                        0 => Ok(0),
                        n => Ok(runs.waits(forth.call(n - 1)).await.map_err(|_| "forth")? + 1),
                    }
                }
            });
        bounded.set(&memo);

        assert_eq!(ended(&rt, memo.call(5)).await.unwrap(), 5);

        assert_eq!((meter.most(), meter.begun(), memo.cache().in_flight()), (1, 6, 0));
    }
}

async fn p5_5_loads_that_another_cache_asks_for_are_bounded_too<R: Nests>(rt: R) {
    let (inner, meter) = (Nested::default(), Meter::default());
    let (calls, counted) = (inner.clone(), meter.clone());
    let memo: Numbers<R> = Builder::on(rt.clone()).max_loads(2).try_wrap(move |n: u32| {
        let counted = counted.clone();
        async move {
            let _runs = counted.begins();
            for _ in 0..3 {
                yielded().await;
            }
            Ok(n)
        }
    });
    inner.set(&memo);
    let outer: Numbers<R> = Builder::on(rt.clone()).try_wrap(move |n: u32| {
        let calls = calls.clone();
        async move { calls.call(n).await.map_err(|_| "inner") }
    });

    let values = ended(&rt, join_all((0..100).map(|n| outer.call(n)))).await;

    assert!((0..100).zip(values).all(|(n, value)| value.unwrap() == n));
    assert!((1..=2).contains(&meter.most()), "{} at once", meter.most());
    until(&rt, || memo.cache().in_flight() == 0).await;
}

/// Nothing tells on whose behalf a task runs, so its call has to wait for its turn.
#[test]
fn p5_5_a_call_in_a_task_of_its_own_waits_within_its_deadline() {
    testing::run(async |time| {
        let nested = Nested::default();
        let (own, runtime) = (nested.clone(), time.clone());
        let memo = Builder::on(evermemo_tests::ByHand::new(time.clone()))
            .max_loads(1)
            .method_timeout(10 * SECOND)
            .try_wrap(move |n: u32| {
                let (own, runtime) = (own.clone(), runtime.clone());
                async move {
                    if n == 0 {
                        return Ok(0);
                    }
                    let (tell, told) = smol::channel::bounded(1);
                    let call = async move {
                        let answered = own.call(0).await.is_ok();
                        tell.send(answered).await.unwrap_or_default();
                    };
                    runtime.spawn(Box::pin(call));
                    if told.recv().await == Ok(true) { Ok(n) } else { Err("inner") }
                }
            });
        nested.set(&memo);

        assert!(memo.call(1).await.expect_err("they wait for each other").is_timeout());

        assert_eq!(time.elapsed(), 10 * SECOND);
        assert_eq!(memo.call(0).await.unwrap(), 0);
    });
}
