//! Loads that call their own memo.

use super::soon;

use evermemo::{Builder, Error, Failure, LocalBoxFuture, Memo, Source, Tokio};
use evermemo_tests::{ByHand, Gate, Home, Timed, homebound, on_every_runtime};
use futures_util::future::join;
use std::{
    convert::Infallible,
    rc::Rc,
    sync::{Arc, OnceLock},
    time::Duration,
};

on_every_runtime! {
    b53_a_load_that_calls_its_own_key_fails_at_once,
    b53_a_load_that_forces_its_own_key_fails_at_once,
    b53_a_load_that_calls_its_own_key_by_way_of_another_fails_at_once,
    b53_a_load_that_calls_its_own_key_beside_others_fails_at_once,
    p2_10_different_keys_nest_freely,
}

type Answer = Result<u32, Error<Infallible>>;

/// A memo, by what is called of it.
type Call = Rc<dyn Fn(u32) -> LocalBoxFuture<'static, Answer>>;

fn calling<F>(call: impl Fn(u32) -> F + 'static) -> Call
where
    F: Future<Output = Answer> + 'static,
{
    Rc::new(move |n| Box::pin(call(n)))
}

/// Calls the memo that is at home.
fn inner(home: Home<Call>, n: u32) -> impl Future<Output = Answer> + Send {
    homebound(home.with(|call| call(n)))
}

fn is_recursive(answer: &Answer) -> bool {
    answer.as_ref().is_err_and(|error| matches!(error.failure(), Failure::Recursive))
}

async fn b53_a_load_that_calls_its_own_key_fails_at_once<R: Timed>(rt: R) {
    let home = Home::empty();
    let builder = Builder::on(rt).method_timeout(None);
    let memo =
        builder.wrap(move |n: u32| async move { u32::from(is_recursive(&inner(home, n).await)) });
    let own = memo.clone();
    home.set(calling(move |n| {
        let own = own.clone();
        async move { own.call(n).await }
    }));

    let outer = memo.outcome(7).await.unwrap();

    assert_eq!((outer.value, outer.source), (1, Source::Loaded));
    let stats = memo.stats();
    assert_eq!((stats.rejected, stats.loads, memo.cache().in_flight()), (1, 1, 0));
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Hit);
}

async fn b53_a_load_that_forces_its_own_key_fails_at_once<R: Timed>(rt: R) {
    let home = Home::empty();
    let builder = Builder::on(rt).method_timeout(None);
    let memo =
        builder.wrap(move |n: u32| async move { u32::from(is_recursive(&inner(home, n).await)) });
    let own = memo.clone();
    home.set(calling(move |n| {
        let own = own.clone();
        async move { own.force_refresh(n).await }
    }));

    assert_eq!(memo.call(7).await.unwrap(), 1);
    assert_eq!(memo.force_refresh(7).await.unwrap(), 1);

    let stats = memo.stats();
    assert_eq!((stats.rejected, stats.loads, memo.cache().in_flight()), (2, 2, 0));
}

async fn b53_a_load_that_calls_its_own_key_by_way_of_another_fails_at_once<R: Timed>(rt: R) {
    let home = Home::empty();
    let builder = Builder::on(rt).method_timeout(None);
    // 1 calls 2, which calls 1.
    let memo = builder.wrap(move |n: u32| async move {
        match inner(home, 3 - n).await {
            Ok(value) => value + 1,
            answer => u32::from(is_recursive(&answer)),
        }
    });
    let own = memo.clone();
    home.set(calling(move |n| {
        let own = own.clone();
        async move { own.call(n).await }
    }));

    assert_eq!(memo.call(1).await.unwrap(), 2);
    assert_eq!((memo.stats().rejected, memo.stats().loads), (1, 2));
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn b53_a_load_that_calls_its_own_key_beside_others_fails_at_once<R: Timed>(rt: R) {
    let home = Home::empty();
    let builder = Builder::on(rt).method_timeout(None);
    let memo = builder.wrap(move |n: u32| async move {
        if n != 7 {
            return n;
        }
        let (own, other) = join(inner(home, 7), inner(home, 8)).await;
        assert!(is_recursive(&own));
        other.unwrap()
    });
    let own = memo.clone();
    home.set(calling(move |n| {
        let own = own.clone();
        async move { own.call(n).await }
    }));

    assert_eq!(memo.call(7).await.unwrap(), 8);
    assert_eq!((memo.stats().rejected, memo.stats().loads), (1, 2));
}

async fn p2_10_different_keys_nest_freely<R: Timed>(rt: R) {
    let home = Home::empty();
    let memo = Builder::on(rt).wrap(move |n: u32| async move {
        match n {
            0 => 0,
            n => n + inner(home, n - 1).await.unwrap(),
        }
    });
    let own = memo.clone();
    home.set(calling(move |n| {
        let own = own.clone();
        async move { own.call(n).await }
    }));

    assert_eq!(memo.call(50).await.unwrap(), 1275);

    assert_eq!((memo.stats().loads, memo.stats().rejected), (51, 0));
    for n in 0..=50 {
        let outcome = memo.outcome(n).await.unwrap();
        assert_eq!((outcome.value, outcome.source), (n * (n + 1) / 2, Source::Hit));
    }
}

type OnTokio = Memo<u32, u32, Infallible, Tokio>;

fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_time().build().expect("a runtime")
}

#[test]
fn p2_10_recursion_through_a_task_ends_in_the_timeout() {
    tokio().block_on(async {
        let own = Arc::new(OnceLock::<OnTokio>::new());
        let (memo, again) = (own.clone(), Arc::new(OnceLock::new()));
        let through = again.clone();
        let made = Builder::on(Tokio::default()).method_timeout(Duration::from_millis(30)).wrap(
            move |n: u32| {
                let (memo, first) = (memo.clone(), through.set(()).is_ok());
                async move {
                    if first {
                        let memo = memo.get().expect("it is made").clone();
                        let task = tokio::spawn(async move { memo.call(n).await });
                        let _inner = task.await.expect("the task ends");
                    }
                    n
                }
            },
        );
        let memo = own.get_or_init(|| made);

        let rt = ByHand::new(Tokio::default());
        assert!(
            soon(&rt, Box::pin(memo.call(7))).await.expect_err("it waits for itself").is_timeout()
        );

        assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 7);
        assert_eq!(memo.cache().in_flight(), 0);
    });
}

/// Neither load is inside the other, so that only the clock sees that both wait for ever.
#[test]
fn p2_10_two_loads_that_wait_for_each_other_end_in_the_timeout() {
    tokio().block_on(async {
        let own = Arc::new(OnceLock::<OnTokio>::new());
        let (memo, begun) = (own.clone(), [Gate::shut(), Gate::shut()]);
        let made = Builder::on(Tokio::default()).method_timeout(Duration::from_millis(30)).wrap(
            move |n: u32| {
                let (memo, begun) = (memo.clone(), begun.clone());
                async move {
                    begun[n as usize - 1].open();
                    begun[2 - n as usize].passed().await;
                    let memo = memo.get().expect("it is made").clone();
                    // 1 waits for 2, which waits for 1.
                    memo.call(3 - n).await.unwrap_or(0)
                }
            },
        );
        let memo = own.get_or_init(|| made);

        let rt = ByHand::new(Tokio::default());
        let (one, two) = soon(&rt, Box::pin(join(memo.call(1), memo.call(2)))).await;

        assert!(one.is_err_and(|error| error.is_timeout()) || two.is_err_and(|e| e.is_timeout()));
        assert_eq!(memo.cache().in_flight(), 0);
    });
}
