//! Fresh, stale and expired entries.

use evermemo::{
    Backoff, Builder, CacheEntry, Cached, Instant, Memo, ProvidedLifeSpanCacheEntryBuilder,
    Runtime, Source,
};
use evermemo_tests::{Numbered, Runs, Timed, all, on_every_runtime, polled, until};
use std::{
    convert::Infallible,
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

on_every_runtime! {
    b13_a_fresh_value_is_a_hit,
    b14_an_expired_value_is_replaced_by_one_load,
    b15_stale_callers_get_the_old_value_and_later_ones_the_new,
    b17_both_bounds_are_inclusive,
    b18_the_life_of_a_value_from_load_to_failure,
    b20_a_life_that_ends_before_it_grows_stale_is_never_refreshed,
    b21_a_life_of_zero_still_collapses_callers,
    p2_11_what_is_not_to_be_stored_still_collapses_callers,
    b22_a_value_stale_from_the_start_has_one_refresh_at_a_time,
    b23_unit_none_and_errors_as_values_are_cached,
    b24_a_caller_after_expiry_joins_the_refresh_under_way,
    b25_a_caller_after_expiry_gets_the_error_of_the_refresh_it_joined,
    b26_new_durations_apply_to_entries_built_later,
    b27_lifetimes_depend_on_key_and_value,
    b28_a_clock_set_back_or_forward_breaks_nothing,
    b34_a_failed_refresh_keeps_the_old_value_and_is_tried_again,
    b35_a_refresh_that_times_out_keeps_the_old_value,
    b40_a_refresh_outlives_the_caller_that_started_it,
    b64_durations_never_overflow,
    p4_1_a_thousand_stale_hits_start_one_refresh,
    p2_7_a_refresh_that_never_began_leaves_its_key_free,
}

const NANO: Duration = Duration::from_nanos(1);
const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

async fn b13_a_fresh_value_is_a_hit<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = numbers(&rt, &source, 60 * SECOND, 120 * SECOND);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.advance(200 * MS);
    let callers = Vec::from_iter((0..3).map(|_| memo.outcome(1)));

    for outcome in all(callers).await {
        let hit = outcome.unwrap();
        assert_eq!((hit.value, hit.source, hit.age), (1, Source::Hit, 200 * MS));
    }
    assert_eq!(source.count(), 1);
}

async fn b14_an_expired_value_is_replaced_by_one_load<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, 50 * MS, 100 * MS);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.advance(200 * MS);
    let mut callers = Vec::from_iter((0..3).map(|_| Box::pin(memo.outcome(1))));
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();

    let outcomes = Vec::from_iter(all(callers).await.into_iter().map(Result::unwrap));
    assert!(outcomes.iter().all(|outcome| outcome.value == 2));
    let sources = Vec::from_iter(outcomes.iter().map(|outcome| outcome.source));
    assert_eq!(sources, [Source::Loaded, Source::Joined, Source::Joined]);
    assert_eq!(source.count(), 2);
}

async fn b15_stale_callers_get_the_old_value_and_later_ones_the_new<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, 100 * MS, 300 * SECOND);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.advance(200 * MS);
    for _ in 0..3 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    until(&rt, || source.count() == 2).await;
    source.gates.open_all();
    until(&rt, || value_of(&memo, 1) == Some(2)).await;

    for _ in 0..3 {
        assert_eq!(at_once(&memo, 1).await, (2, Source::Hit));
    }
    assert_eq!((source.count(), memo.stats().refreshes), (2, 1));
}

async fn b17_both_bounds_are_inclusive<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = numbers(&rt, &source, 100 * MS, 200 * MS);
    let loaded = rt.now();
    for key in 1..=4 {
        memo.call(key).await.unwrap();
    }
    // The two refreshes.
    source.gates.shut_at(5);
    source.gates.shut_at(6);

    rt.set(loaded + (100 * MS - NANO));
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
    rt.set(loaded + 100 * MS);
    assert_eq!(memo.outcome(2).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 5).await;
    rt.set(loaded + (200 * MS - NANO));
    assert_eq!(memo.outcome(3).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 6).await;
    rt.set(loaded + 200 * MS);
    let expired = memo.outcome(4).await.unwrap();
    assert_eq!((expired.value, expired.source), (7, Source::Loaded));

    // A forced call asks for no age.
    assert_eq!(memo.force_refresh(4).await.unwrap(), 8);
    assert_eq!(source.count(), 8);
}

async fn b18_the_life_of_a_value_from_load_to_failure<R: Timed>(rt: R) {
    let (runs, throws) = (Runs::default(), Arc::new(AtomicBool::new(false)));
    let (counted, told) = (runs.clone(), throws.clone());
    let memo =
        Builder::on(rt.clone()).update_after(400 * MS).expire_after(800 * MS).try_wrap(move |()| {
            let (run, throws) = (counted.begin(), told.load(SeqCst));
            async move { if throws { Err(format!("throws #{run}")) } else { Ok(format!("ok #{run}")) } }
        });
    let answer = || async {
        let outcome = memo.outcome(()).await.unwrap();
        (outcome.value, outcome.source)
    };
    let value = || memo.cache().entry(&()).unwrap().value;
    let (first, second) = ("ok #1".to_owned(), "ok #2".to_owned());

    assert_eq!(answer().await, (first.clone(), Source::Loaded));
    rt.advance(400 * MS);
    assert_eq!(answer().await, (first, Source::Stale));
    until(&rt, || value() == second).await;
    for _ in 0..2 {
        rt.advance(100 * MS);
        assert_eq!(answer().await, (second.clone(), Source::Hit));
    }

    throws.store(true, SeqCst);
    rt.advance(400 * MS);
    assert_eq!(answer().await, (second.clone(), Source::Stale));
    until(&rt, || memo.stats().refresh_failures == 1 && memo.cache().in_flight() == 0).await;
    rt.advance(100 * MS);
    assert_eq!(answer().await, (second, Source::Stale));
    until(&rt, || memo.stats().refresh_failures == 2 && memo.cache().in_flight() == 0).await;

    rt.advance(800 * MS);
    let error = memo.call(()).await.unwrap_err();
    assert_eq!(error.to_string(), "refresh failed to complete");
    assert_eq!(error.cause().unwrap(), "throws #5");
    assert_eq!(runs.count(), 5);
}

async fn b20_a_life_that_ends_before_it_grows_stale_is_never_refreshed<R: Timed>(rt: R) {
    for update_after in [50 * MS, 200 * MS] {
        let source = Numbered::open();
        let memo = numbers(&rt, &source, update_after, 50 * MS);
        assert_eq!(memo.call(1).await.unwrap(), 1);

        rt.advance(49 * MS);
        assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
        rt.advance(MS);
        let loaded = memo.outcome(1).await.unwrap();

        assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
        assert_eq!((memo.stats().refreshes, rt.spawned()), (0, 0));
    }
}

async fn b21_a_life_of_zero_still_collapses_callers<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(3);
    let memo = numbers(&rt, &source, Duration::MAX, Duration::ZERO);
    for value in [1, 2] {
        let loaded = memo.outcome(1).await.unwrap();
        assert_eq!((loaded.value, loaded.source), (value, Source::Loaded));
    }

    let mut callers = Vec::from_iter((0..3).map(|_| Box::pin(memo.call(1))));
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();

    for value in all(callers).await {
        assert_eq!(value.unwrap(), 3);
    }
    assert_eq!(source.count(), 3);
}

async fn p2_11_what_is_not_to_be_stored_still_collapses_callers<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let number = source.method();
    let memo = Builder::on(rt).wrap_loader(move |key, _previous| {
        let number = number(key);
        async { Ok::<_, Infallible>(Cached::new(number.await).do_not_store()) }
    });
    let mut callers = Vec::from_iter((0..3).map(|_| Box::pin(memo.call(1))));
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }
    source.gates.open_all();

    for value in all(callers).await {
        assert_eq!(value.unwrap(), 1);
    }
    assert_eq!((source.count(), memo.len()), (1, 0));
    assert_eq!(memo.call(1).await.unwrap(), 2);
}

async fn b22_a_value_stale_from_the_start_has_one_refresh_at_a_time<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, Duration::ZERO, SECOND);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);

    for _ in 0..5 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    until(&rt, || source.count() == 2).await;
    assert_eq!(memo.stats().refreshes, 1);
    source.gates.open_all();
    until(&rt, || value_of(&memo, 1) == Some(2) && memo.cache().in_flight() == 0).await;

    assert_eq!(at_once(&memo, 1).await, (2, Source::Stale));
    until(&rt, || source.count() == 3).await;
}

async fn b23_unit_none_and_errors_as_values_are_cached<R: Timed>(rt: R) {
    async fn cached<R: Timed, V>(rt: &R, value: V)
    where
        V: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static,
    {
        let (runs, brought) = (Runs::default(), value.clone());
        let counted = runs.clone();
        let memo = Builder::on(rt.clone()).wrap(move |()| {
            counted.begin();
            let brought = brought.clone();
            async { brought }
        });
        assert_eq!(memo.call(()).await.unwrap(), value);
        let hit = memo.outcome(()).await.unwrap();
        assert_eq!((hit.value, hit.source), (value, Source::Hit));
        assert_eq!(runs.count(), 1);
    }
    cached(&rt, ()).await;
    cached(&rt, None::<u32>).await;
    cached(&rt, Err::<u32, &str>("e")).await;
}

async fn b24_a_caller_after_expiry_joins_the_refresh_under_way<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, 20 * MS, 60 * MS);
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(30 * MS);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    until(&rt, || source.count() == 2).await;

    rt.advance(40 * MS);
    let mut caller = Box::pin(memo.outcome(1));
    assert!(polled(&mut caller).await.is_pending());
    source.gates.open_all();

    let joined = caller.await.unwrap();
    assert_eq!((joined.value, joined.source), (2, Source::Joined));
    let stats = memo.stats();
    assert_eq!((source.count(), stats.loads, stats.joins, stats.refreshes), (2, 1, 1, 1));
}

async fn b25_a_caller_after_expiry_gets_the_error_of_the_refresh_it_joined<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let number = source.method();
    let memo =
        Builder::on(rt.clone()).update_after(20 * MS).expire_after(60 * MS).try_wrap(move |key| {
            let number = number(key);
            async { if number.await == 1 { Ok(1) } else { Err("down") } }
        });
    assert_eq!(memo.call(1).await.unwrap(), 1);
    rt.advance(30 * MS);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2).await;

    rt.advance(40 * MS);
    let mut caller = Box::pin(memo.call(1));
    assert!(polled(&mut caller).await.is_pending());
    source.gates.open_all();

    let error = caller.await.unwrap_err();
    assert_eq!(error.to_string(), "concurrent refresh failed to complete");
    assert!(error.is_joined());
    assert_eq!(error.cause(), Some(&"down"));
    assert_eq!(source.count(), 2);
}

async fn b26_new_durations_apply_to_entries_built_later<R: Timed>(rt: R) {
    let builder = ProvidedLifeSpanCacheEntryBuilder::new(10 * SECOND, 20 * SECOND);
    let memo =
        Builder::on(rt).entry_builder(builder.clone()).wrap(Numbered::open().method::<u32>());

    memo.call(1).await.unwrap();
    builder.update_timeouts(MS, 2 * MS);
    memo.call(2).await.unwrap();

    let lives = |key| lives(&memo.cache().entry(&key).unwrap());
    assert_eq!(lives(1), (10 * SECOND, 20 * SECOND));
    assert_eq!(lives(2), (MS, 2 * MS));
}

async fn b27_lifetimes_depend_on_key_and_value<R: Timed>(rt: R) {
    let memo = Builder::on(rt)
        .entry_builder(|&(key, _): &(u32, u64), value: u64, now: Instant| {
            let more = if key == 7 { 1_000 } else { 0 };
            CacheEntry::new(value + 1, now)
                .update_after(now + Duration::from_secs(value + more))
                .expires_after(now + Duration::from_secs(value + value / 10 + more))
        })
        .wrap(|(_, value): (u32, u64)| async move { value });
    let found = |key| memo.cache().entry(&key).unwrap();

    assert_eq!(memo.call((1, 62)).await.unwrap(), 63);
    assert_eq!((found((1, 62)).value, lives(&found((1, 62)))), (63, (62 * SECOND, 68 * SECOND)));
    assert_eq!(memo.call((1, 98)).await.unwrap(), 99);
    assert_eq!((found((1, 98)).value, lives(&found((1, 98)))), (99, (98 * SECOND, 107 * SECOND)));
    assert_eq!(memo.call((7, 62)).await.unwrap(), 63);
    assert_eq!(lives(&found((7, 62))), (1_062 * SECOND, 1_068 * SECOND));
}

async fn b28_a_clock_set_back_or_forward_breaks_nothing<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = numbers(&rt, &source, 10 * SECOND, 30 * SECOND);
    let loaded = rt.now();
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.set(loaded.saturating_before(HOUR));
    let hit = memo.outcome(1).await.unwrap();
    assert_eq!((hit.value, hit.source, hit.age), (1, Source::Hit, Duration::ZERO));

    rt.set(loaded + 31 * SECOND);
    let loaded = memo.outcome(1).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
}

async fn b34_a_failed_refresh_keeps_the_old_value_and_is_tried_again<R: Timed>(rt: R) {
    let source = Numbered::open();
    let number = source.method();
    let memo = Builder::on(rt.clone())
        .update_after(Duration::ZERO)
        .expire_after(HOUR)
        .refresh_backoff(Backoff::NONE)
        .try_wrap(move |key| {
            let number = number(key);
            async { if number.await == 1 { Ok(1) } else { Err("down") } }
        });
    assert_eq!(memo.call(1).await.unwrap(), 1);
    let failed = |failures| {
        let memo = &memo;
        move || memo.stats().refresh_failures == failures && memo.cache().in_flight() == 0
    };

    for failures in 1..=5 {
        let stale = memo.outcome(1).await.unwrap();
        assert_eq!((stale.value, stale.source), (1, Source::Stale));
        until(&rt, failed(failures)).await;
    }
    assert_eq!((source.count(), memo.stats().refreshes), (6, 5));

    source.gates.shut_at(7);
    for _ in 0..6 {
        let stale = memo.outcome(1).await.unwrap();
        assert_eq!((stale.value, stale.source), (1, Source::Stale));
    }
    until(&rt, || source.count() == 7).await;
    assert_eq!(memo.stats().refreshes, 6);
    source.gates.open_all();
    until(&rt, failed(6)).await;
    assert_eq!((source.count(), memo.stats().load_failures), (7, 0));
}

async fn b35_a_refresh_that_times_out_keeps_the_old_value<R: Timed>(rt: R) {
    let (runs, dropped) = (Runs::default(), Arc::new(AtomicUsize::new(0)));
    let (counted, guarded) = (runs.clone(), dropped.clone());
    let memo = Builder::on(rt.plain())
        .update_after(Duration::ZERO)
        .expire_after(HOUR)
        .method_timeout(20 * MS)
        .refresh_backoff(Backoff::NONE)
        .wrap(move |()| {
            let guard = (counted.begin() == 2).then(|| Dropped(guarded.clone()));
            async {
                match guard {
                    Some(_until_it_is_cut_off) => pending().await,
                    None => 1,
                }
            }
        });
    let answer = || async {
        let outcome = memo.outcome(()).await.unwrap();
        (outcome.value, outcome.source)
    };

    assert_eq!(answer().await, (1, Source::Loaded));
    assert_eq!(answer().await, (1, Source::Stale));
    until(&rt, || memo.stats().refresh_failures == 1 && memo.cache().in_flight() == 0).await;
    assert_eq!(dropped.load(SeqCst), 1);

    assert_eq!(answer().await, (1, Source::Stale));
    until(&rt, || runs.count() == 3).await;
    assert_eq!(memo.stats().timeouts, 1);
}

async fn b40_a_refresh_outlives_the_caller_that_started_it<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, Duration::ZERO, HOUR);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    // The call is gone: nothing but the runtime has the refresh.
    until(&rt, || source.count() == 2).await;
    source.gates.open_all();

    until(&rt, || value_of(&memo, 1) == Some(2)).await;
    assert_eq!((source.count(), memo.stats().refreshes), (2, 1));
}

async fn b64_durations_never_overflow<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone())
        .update_after(Duration::MAX)
        .expire_after(Duration::MAX)
        .method_timeout(Duration::MAX)
        .wrap(Numbered::open().method::<u32>());

    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    let entry = memo.cache().entry(&1).unwrap();
    assert_eq!((entry.update_after, entry.expires_after), (Instant::NEVER, Instant::NEVER));

    let years = 200 * 365 * 24 * HOUR;
    rt.advance(years);
    let hit = memo.outcome(1).await.unwrap();
    assert_eq!((hit.value, hit.source, hit.age), (1, Source::Hit, years));
}

async fn p4_1_a_thousand_stale_hits_start_one_refresh<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(2);
    let memo = numbers(&rt, &source, 10 * MS, HOUR);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.advance(10 * MS);
    for _ in 0..1_000 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    until(&rt, || source.count() == 2).await;
    source.gates.open_all();
    until(&rt, || value_of(&memo, 1) == Some(2)).await;

    let stats = memo.stats();
    assert_eq!((stats.stale, stats.refreshes, stats.loads), (1_000, 1, 1));
    assert_eq!(source.count(), 2);
}

async fn p2_7_a_refresh_that_never_began_leaves_its_key_free<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = numbers(&rt, &source, 10 * SECOND, 20 * SECOND);
    assert_eq!(memo.call(1).await.unwrap(), 1);

    // The runtime drops the task of the refresh before its first poll.
    rt.set_running(false);
    rt.advance(10 * SECOND);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    assert_eq!((memo.cache().in_flight(), source.count()), (0, 1));

    rt.set_running(true);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    until(&rt, || value_of(&memo, 1) == Some(2)).await;
}

type Numbers<R> = Memo<u32, u32, Infallible, R>;

fn numbers<R: Runtime>(
    rt: &R,
    source: &Numbered,
    update_after: Duration,
    expire_after: Duration,
) -> Numbers<R> {
    Builder::on(rt.clone())
        .update_after(update_after)
        .expire_after(expire_after)
        .wrap(source.method())
}

/// Makes a call that must not wait.
async fn at_once<R: Runtime>(memo: &Numbers<R>, key: u32) -> (u32, Source) {
    match polled(&mut Box::pin(memo.outcome(key))).await {
        Poll::Ready(outcome) => {
            let outcome = outcome.unwrap();
            (outcome.value, outcome.source)
        }
        Poll::Pending => panic!("a call waits for what is stored"),
    }
}

fn value_of<R: Runtime>(memo: &Numbers<R>, key: u32) -> Option<u32> {
    memo.cache().entry(&key).map(|entry| entry.value)
}

/// How long after its making an entry is stale, and expired.
fn lives<V>(entry: &CacheEntry<V>) -> (Duration, Duration) {
    let after = |instant: Instant| instant.saturating_since(entry.created);
    (after(entry.update_after), after(entry.expires_after))
}

/// Counts its drops.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}
