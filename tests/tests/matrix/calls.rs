//! One way to call: every call is a future with a name, for which something can be set.

use evermemo::{
    Auto, Builder, Cache, CacheEntry, Cached, Error, Memo, MethodName, MultiThreaded, Outcome,
    Runtime, Source, Tuned, WithOutcome, memo, memoize,
};
use evermemo_tests::{Numbered, Timed, on_every_runtime, polled};
use futures_util::{
    StreamExt,
    future::{Either, join_all, select},
    stream::FuturesUnordered,
};
use std::{convert::Infallible, future::pending, pin::pin};

on_every_runtime! {
    a_call_stands_in_a_field,
    calls_are_joined_and_come_as_they_end,
    a_call_that_lost_a_race_goes_on_later,
    a_function_that_calls_itself_needs_a_box,
    force_loads_whatever_is_stored_in_each_form_of_a_memo,
    force_loads_whatever_is_stored_in_each_form_of_a_cache,
    a_forced_call_is_handed_no_entry_to_replace,
    a_forced_call_supersedes_the_load_that_a_plain_one_waits_for,
    a_forced_call_that_fails_leaves_what_is_stored,
    a_call_that_is_set_and_not_polled_does_nothing,
}

/// A call that is kept, to be awaited later.
struct Kept<'a, R: Runtime> {
    plain: memo::Call<'a, u32, u32, Infallible, R>,
    tuned: Tuned<memo::Call<'a, u32, u32, Infallible, R>>,
    told: WithOutcome<Tuned<memo::Call<'a, u32, u32, Infallible, R>>>,
}

async fn a_call_stands_in_a_field<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo: Memo<u32, u32, Infallible, R> = Builder::on(rt).wrap(source.method());
    let kept = Kept {
        plain: memo.call(1),
        tuned: memo.call(1).force(),
        told: memo.force_refresh(1).outcome(),
    };
    assert_eq!(kept.plain.await.unwrap(), 1);
    assert_eq!(kept.tuned.await.unwrap(), 2);
    let told = kept.told.await.unwrap();
    assert_eq!((told.value, told.source), (3, Source::Loaded));
}

async fn calls_are_joined_and_come_as_they_end<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(async |n: u32| n * n);
    let squares = join_all((1..=40).map(|n| memo.call(n))).await;
    assert!(squares.into_iter().zip(1..).all(|(square, n)| square.unwrap() == n * n));

    let forced = join_all((1..=3).map(|n| memo.call(n).force().outcome())).await;
    assert!(forced.into_iter().all(|forced| forced.unwrap().source == Source::Loaded));

    let mut calls: FuturesUnordered<_> = (1..=3).map(|n| memo.call(n)).collect();
    let mut sum = 0;
    while let Some(square) = calls.next().await {
        sum += square.unwrap();
    }
    assert_eq!((sum, memo.stats().hits), (14, 3));
}

async fn a_call_that_lost_a_race_goes_on_later<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method::<u32>());
    let mut call = pin!(memo.call(7));
    assert!(polled(&mut call).await.is_pending());
    let Either::Right(((), _)) = select(call.as_mut(), pin!(async {})).await else {
        panic!("nothing ends the load")
    };
    source.gates.open_all();
    let Either::Left((answer, _)) = select(call, pin!(pending::<()>())).await else {
        unreachable!("it is pending")
    };
    assert_eq!((answer.unwrap(), source.count()), (1, 1));
}

/// A place for the answers of a function that calls itself.
#[derive(Clone)]
struct Sums<R: Runtime>(Cache<u64, u64, Infallible, R>);

impl<R: Runtime<Threading = MultiThreaded> + Send + Sync> Sums<R> {
    #[memoize(in = self.0)]
    async fn up_to(&self, n: u64) -> u64 {
        match n {
            0 => 0,
            _ => n + Box::pin(self.up_to(n - 1)).await.unwrap(),
        }
    }
}

async fn a_function_that_calls_itself_needs_a_box<R: Timed>(_rt: R) {
    let sums = Sums::<Auto>(evermemo::builder().build());
    assert_eq!(sums.up_to(30).await.unwrap(), 465);
    assert_eq!(sums.up_to_call(30).outcome().await.unwrap().source, Source::Hit);
    assert_eq!(sums.up_to_call(30).force().await.unwrap(), 465);
    assert_eq!(sums.0.stats().loads, 32);
}

/// Awaits the same call three times: plain, forced, and forced with an outcome; each loads, but the
/// plain one.
macro_rules! each_form {
    ($stats:expr, $($call:expr),* $(,)?) => {
        $({
            let before = $stats.loads;
            assert_eq!($call.await.unwrap(), 5);
            assert!($stats.loads <= before + 1);
            let told = $call.outcome().await.unwrap();
            assert_eq!((told.value, told.source), (5, Source::Hit));
            let before = $stats.loads;
            assert_eq!($call.force().await.unwrap(), 5);
            let told: Outcome<_> = $call.force().outcome().await.unwrap();
            assert_eq!((told.value, told.source), (5, Source::Loaded));
            assert_eq!($stats.loads, before + 2);
        })*
    };
}

async fn force_loads_whatever_is_stored_in_each_form_of_a_memo<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).wrap(async |text: String| text.len());
    each_form!(
        memo.stats(),
        memo.call("abcde".to_owned()),
        memo.call_ref("abcde"),
        memo.call_args("abcde".to_owned()),
    );
    assert_eq!(memo.force_refresh("abcde".to_owned()).await.unwrap(), 5);
    assert_eq!(memo.outcome("abcde".to_owned()).await.unwrap().source, Source::Hit);
    assert_eq!(memo.force_refresh("abcde".to_owned()).outcome().await.unwrap().value, 5);

    let extracted = Builder::on(rt)
        .key_extractor(|_: MethodName, text: &String| text.len())
        .wrap(async |text: String| text.len());
    each_form!(extracted.stats(), extracted.call_args("abcde".to_owned()));
}

async fn force_loads_whatever_is_stored_in_each_form_of_a_cache<R: Timed>(rt: R) {
    let cache: Cache<String, usize, Infallible, R> = Builder::on(rt).build();
    let get = async |text: String| Ok(text.len());
    let load = async |text: String, _: Option<CacheEntry<usize>>| Ok(Cached::new(text.len()));
    each_form!(
        cache.stats(),
        cache.get_with("abcde".to_owned(), get),
        cache.get_ref_with("abcde", get),
        cache.get_args_with("abcde".to_owned(), get),
        cache.load_with("abcde".to_owned(), load),
        cache.load_ref_with("abcde", load),
        cache.load_args_with("abcde".to_owned(), load),
    );
}

async fn a_forced_call_is_handed_no_entry_to_replace<R: Timed>(rt: R) {
    let cache: Cache<u32, bool, Infallible, R> = Builder::on(rt).build();
    let load = async |_, previous: Option<CacheEntry<bool>>| Ok(Cached::new(previous.is_some()));
    cache.insert(1, true).await;
    assert!(!cache.load_ref_with(&1, load).force().await.unwrap());
}

async fn a_forced_call_supersedes_the_load_that_a_plain_one_waits_for<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt).wrap(source.method::<u32>());
    let (mut plain, mut forced) = (pin!(memo.call(7)), pin!(memo.call_ref(&7).force().outcome()));
    assert!(polled(&mut plain).await.is_pending());
    assert!(polled(&mut forced).await.is_pending());
    source.gates.open_all();
    let forced = forced.await.unwrap();
    assert_eq!((forced.value, forced.source), (2, Source::Loaded));
    assert_eq!(plain.await.unwrap(), 1);
}

async fn a_call_that_is_set_and_not_polled_does_nothing<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt).wrap(source.method::<u32>());
    drop(memo.call(1));
    drop(memo.call(1).force());
    drop(memo.call(1).force().outcome());
    assert_eq!((source.count(), memo.stats().calls()), (0, 0));
    // Set twice, it is as set once.
    assert_eq!(memo.call(1).force().force().await.unwrap(), 1);
    assert_eq!((source.count(), memo.stats().loads), (1, 1));
}

async fn a_forced_call_that_fails_leaves_what_is_stored<R: Timed>(rt: R) {
    let cache: Cache<u32, u32, &str, R> = Builder::on(rt).build();
    cache.insert(1, 10).await;
    let failed: Error<&str> =
        cache.get_with(1, async |_| Err("down")).force().outcome().await.unwrap_err();
    assert_eq!(failed.cause(), Some(&"down"));
    assert_eq!(cache.get_with(1, async |_| Err("down")).await.unwrap(), 10);
}
