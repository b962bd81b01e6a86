//! Loads that call their own cache.

use super::{Numbers, SECOND, meter::Meter};

use evermemo::{Builder, Failure};
use evermemo_tests::{Gate, Nested, Nests, ended, on_every_runtime, polled, until, yielded};
use futures_util::future::{join, join_all};
use std::sync::Arc;

on_every_runtime! {
    p5_5_a_load_lends_its_permit_to_a_queued_load_that_it_joins,
    p5_5_a_load_lends_its_permit_to_a_forced_load_that_it_waits_behind,
    p5_5_a_load_lends_its_permit_to_the_load_that_comes_after_an_invalidation,
    p5_5_a_load_lends_its_permit_to_its_calls_one_after_another,
    p5_5_a_lent_permit_that_is_left_comes_back,
    p5_5_memoized_recursion_of_many_callers_needs_few_permits,
    p5_5_a_permit_is_lent_at_many_removes,
    p2_10_a_load_that_waits_for_itself_by_way_of_another_is_told_so,
}

/// Load 1 waits at a gate, and then calls or forces 2, which calls nothing.
fn one_calls_two<R: Nests>(rt: &R, forces: bool) -> (Numbers<R>, Meter, Gate) {
    let (nested, meter, gate) = (Nested::default(), Meter::default(), Gate::shut());
    let (own, counted, passed) = (nested.clone(), meter.clone(), gate.clone());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(4 * SECOND).try_wrap(move |n: u32| {
            let (own, counted, passed) = (own.clone(), counted.clone(), passed.clone());
            async move {
                let runs = counted.begins();
                if n != 1 {
                    yielded().await;
                    return Ok(n);
                }
                passed.passed().await;
                let called = match forces {
                    true => runs.waits(own.force(2)).await,
                    false => runs.waits(own.call(2)).await,
                };
                Ok(called.map_err(|_| "inner")? + 10)
            }
        });
    nested.set(&memo);
    (memo, meter, gate)
}

async fn p5_5_a_load_lends_its_permit_to_a_queued_load_that_it_joins<R: Nests>(rt: R) {
    let (memo, meter, gate) = one_calls_two(&rt, false);
    let (mut one, mut two) = (Box::pin(memo.call(1)), Box::pin(memo.call(2)));
    assert!(polled(&mut one).await.is_pending());
    assert!(polled(&mut two).await.is_pending());
    gate.open();

    let (one, two) = ended(&rt, join(one, two)).await;

    assert_eq!((one.unwrap(), two.unwrap()), (12, 2));
    assert_eq!((meter.most(), meter.begun(), memo.cache().in_flight()), (1, 2, 0));
}

async fn p5_5_a_load_lends_its_permit_to_a_forced_load_that_it_waits_behind<R: Nests>(rt: R) {
    let (memo, meter, gate) = one_calls_two(&rt, true);
    let (mut one, mut two) = (Box::pin(memo.call(1)), Box::pin(memo.force_refresh(2)));
    assert!(polled(&mut one).await.is_pending());
    assert!(polled(&mut two).await.is_pending());
    let mut again = Box::pin(memo.force_refresh(2));
    assert!(polled(&mut again).await.is_pending());
    gate.open();

    let (one, two) = ended(&rt, join(one, two)).await;

    assert_eq!((one.unwrap(), two.unwrap()), (12, 2));
    assert_eq!(ended(&rt, again).await.unwrap(), 2);
    assert_eq!((meter.most(), memo.cache().in_flight()), (1, 0));
}

async fn p5_5_a_load_lends_its_permit_to_the_load_that_comes_after_an_invalidation<R: Nests>(
    rt: R,
) {
    let (memo, meter, gate) = one_calls_two(&rt, false);
    let (mut one, mut two) = (Box::pin(memo.call(1)), Box::pin(memo.call(2)));
    assert!(polled(&mut one).await.is_pending());
    assert!(polled(&mut two).await.is_pending());
    memo.invalidate(&2).await;
    gate.open();

    let (one, two) = ended(&rt, join(one, two)).await;

    assert_eq!((one.unwrap(), two.unwrap()), (12, 2));
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!((meter.most(), meter.begun()), (1, 3));
}

async fn p5_5_a_load_lends_its_permit_to_its_calls_one_after_another<R: Nests>(rt: R) {
    let (nested, meter) = (Nested::default(), Meter::default());
    let (own, counted) = (nested.clone(), meter.clone());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(4 * SECOND).try_wrap(move |n: u32| {
            let (own, counted) = (own.clone(), counted.clone());
            async move {
                let runs = counted.begins();
                if n > 0 {
                    yielded().await;
                    return Ok(n);
                }
                let calls = join_all((1..=8).map(|n| own.call(n)));
                let values = runs.waits(calls).await;
                Ok(values.into_iter().filter_map(Result::ok).sum())
            }
        });
    nested.set(&memo);

    assert_eq!(ended(&rt, memo.call(0)).await.unwrap(), 36);

    assert_eq!((meter.most(), meter.begun(), memo.cache().in_flight()), (1, 9, 0));
}

/// A call that a load makes and drops again.
async fn p5_5_a_lent_permit_that_is_left_comes_back<R: Nests>(rt: R) {
    let (nested, gate) = (Nested::default(), Gate::shut());
    let (own, passed) = (nested.clone(), gate.clone());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(4 * SECOND).try_wrap(move |n: u32| {
            let (own, passed) = (own.clone(), passed.clone());
            async move {
                match n {
                    0 => {
                        let mut call = Box::pin(own.call(1));
                        assert!(polled(&mut call).await.is_pending());
                        drop(call);
                        Ok(own.call(2).await.map_err(|_| "inner")?)
                    }
                    1 => {
                        passed.passed().await;
                        Ok(n)
                    }
                    _ => Ok(n),
                }
            }
        });
    nested.set(&memo);
    let mut caller = Box::pin(memo.call(0));
    assert!(polled(&mut caller).await.is_pending());
    gate.open();

    assert_eq!(ended(&rt, caller).await.unwrap(), 2);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(ended(&rt, memo.call(9)).await.unwrap(), 9);
}

async fn p5_5_memoized_recursion_of_many_callers_needs_few_permits<R: Nests>(rt: R) {
    for yields in [false, true] {
        let (nested, meter) = (Nested::default(), Meter::default());
        let (own, counted) = (nested.clone(), meter.clone());
        let memo: Numbers<R> = Builder::on(rt.clone())
            .max_loads(2)
            .method_timeout(4 * SECOND)
            .try_wrap(move |n: u32| {
                let (own, counted) = (own.clone(), counted.clone());
                async move {
                    let runs = counted.begins();
                    if yields {
                        yielded().await;
                    }
                    if n < 2 {
                        return Ok(n);
                    }
                    let a = runs.waits(own.call(n - 1)).await.map_err(|_| "inner")?;
                    let b = runs.waits(own.call(n - 2)).await.map_err(|_| "inner")?;
                    Ok(a + b)
                }
            });
        nested.set(&memo);

        let values = ended(&rt, join_all((0..30).rev().map(|n| memo.call(n)))).await;

        let values: Vec<_> = values.into_iter().map(Result::unwrap).collect();
        assert_eq!(&values[..4], &[514_229, 317_811, 196_418, 121_393]);
        assert!(meter.most() <= 2, "{} at once", meter.most());
        assert_eq!((meter.begun(), memo.cache().in_flight()), (30, 0));
    }
}

async fn p5_5_a_permit_is_lent_at_many_removes<R: Nests>(rt: R) {
    let (nested, meter) = (Nested::default(), Meter::default());
    let (own, counted) = (nested.clone(), meter.clone());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(4 * SECOND).try_wrap(move |n: u32| {
            let (own, counted) = (own.clone(), counted.clone());
            async move {
                let runs = counted.begins();
                yielded().await;
                match n {
                    0 => Ok(0),
                    n => Ok(runs.waits(own.call(n - 1)).await.map_err(|_| "inner")? + 1),
                }
            }
        });
    nested.set(&memo);
    let calls: Vec<_> = [20, 3, 11].into_iter().map(|n| memo.call(n)).collect();

    let values = ended(&rt, join_all(calls)).await;

    assert!(values.into_iter().map(Result::unwrap).eq([20, 3, 11]));
    assert_eq!((meter.most(), meter.begun(), memo.cache().in_flight()), (1, 21, 0));
}

/// Its load is a task by then, so nothing on its own thread tells that the two wait for each other.
async fn p2_10_a_load_that_waits_for_itself_by_way_of_another_is_told_so<R: Nests>(rt: R) {
    let (nested, told) = (Nested::default(), Arc::new(std::sync::Mutex::new(Vec::new())));
    let (own, tells) = (nested.clone(), told.clone());
    let memo: Numbers<R> =
        Builder::on(rt.clone()).max_loads(1).method_timeout(4 * SECOND).try_wrap(move |n: u32| {
            let (own, tells) = (own.clone(), tells.clone());
            async move {
                yielded().await;
                let answer = own.call((n + 1) % 3).await;
                let recursive =
                    answer.is_err_and(|error| matches!(error.failure(), Failure::Recursive));
                tells.lock().unwrap().push((n, recursive));
                Ok(n)
            }
        });
    nested.set(&memo);

    assert_eq!(ended(&rt, memo.call(0)).await.unwrap(), 0);

    assert_eq!(*told.lock().unwrap(), [(2, true), (1, false), (0, false)]);
}
