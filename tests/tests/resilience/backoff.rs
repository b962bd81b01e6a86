//! How long a failed refresh is not tried again.

use super::{
    HOUR, MINUTE, MS, NANO, Numbers, SECOND, answer, at_once, at_rest,
    backend::{Backend, Page, Told, Way},
    cause,
};

use evermemo::{Backoff, Builder, Source, Trigger, testing};
use evermemo_tests::{Timed, on_every_runtime, until};
use std::time::Duration;

on_every_runtime! {
    p4_2_a_failed_refresh_is_tried_again_after_its_pause_and_not_before,
    p4_2_pauses_double_up_to_a_cap,
    p4_2_failures_are_in_a_row_however_seldom_somebody_reads,
    p4_2_a_short_stale_window_pauses_for_a_quarter_of_it,
    p4_2_without_a_pause_every_stale_hit_tries_again,
    p4_2_a_success_begins_anew,
    p4_2_an_insertion_ends_the_pause,
    p4_2_an_invalidation_ends_the_pause,
    p4_2_clearing_ends_the_pause,
    p4_2_a_forced_load_ends_the_pause,
    p4_2_one_key_s_failures_do_not_pause_another,
    p4_2_who_has_nothing_old_always_loads,
    p4_2_who_finds_the_entry_expired_loads_within_the_pause,
    p4_2_a_panicking_refresh_pauses_too,
    p4_2_the_failure_of_a_superseded_refresh_pauses_nothing,
    p4_2_a_pause_that_never_ends_is_not_an_overflow,
}

const NEVER_AGAIN: Backoff = Backoff::exponential(HOUR, HOUR);

async fn p4_2_a_failed_refresh_is_tried_again_after_its_pause_and_not_before<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(1_000 * SECOND)
        .observer(page.clone())
        .try_wrap(backend.method());
    assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
    rt.advance(10 * SECOND);
    backend.fail();

    failed_refresh(&rt, &memo).await;
    let pause = page.last_pause();
    assert!((750 * MS..=SECOND).contains(&pause), "{pause:?}");
    assert!(page.take().contains(&Told::Ended {
        key: 1,
        trigger: Trigger::Refresh,
        result: Err("down".into())
    }));

    rt.advance(pause - NANO);
    for _ in 0..20 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    at_rest(&rt, &memo).await;
    assert_eq!((backend.count(), memo.stats().refreshes), (2, 1));

    rt.advance(NANO);
    failed_refresh(&rt, &memo).await;
    assert_eq!((backend.count(), memo.stats().refreshes), (3, 2));
    let stats = memo.stats();
    assert_eq!((stats.refresh_failures, stats.load_failures), (2, 0));
    assert_eq!((stats.stale, stats.loads, stats.calls()), (22, 1, 23));
}

async fn p4_2_pauses_double_up_to_a_cap<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(Backoff::exponential(SECOND, 10 * SECOND))
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();

    for step in [1, 2, 4, 8, 10, 10, 10] {
        failed_refresh(&rt, &memo).await;
        let (pause, step) = (page.last_pause(), step * SECOND);
        assert!((step * 3 / 4..=step).contains(&pause), "{pause:?} of {step:?}");
        rt.advance(pause - NANO);
        at_once(&memo, 1).await;
        rt.advance(NANO);
    }

    // No exponent is too large.
    for _ in 0..70 {
        failed_refresh(&rt, &memo).await;
        let pause = page.last_pause();
        assert!((7_500 * MS..=10 * SECOND).contains(&pause), "{pause:?}");
        rt.advance(pause);
    }
    assert_eq!(backend.count(), 1 + 77);
}

/// Nothing but a success, a change or the end of the entry begins anew.
async fn p4_2_failures_are_in_a_row_however_seldom_somebody_reads<R: Timed>(rt: R) {
    for every in [MS, 260 * MS, 2_600 * MS, 7 * SECOND, 61 * SECOND, 20 * MINUTE] {
        let (backend, page) = (Backend::up(), Page::default());
        let memo: Numbers<R> = Builder::on(rt.clone())
            .update_after(10 * SECOND)
            .expire_after(1_000 * HOUR)
            .refresh_backoff(Backoff::exponential(SECOND, MINUTE))
            .observer(page.clone())
            .try_wrap(backend.method());
        answer(&memo, 1).await;
        rt.advance(10 * SECOND);
        backend.fail();

        let (mut steps, mut waited) = (0_u32, Duration::ZERO);
        while steps < 9 {
            let tries = backend.count();
            assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
            at_rest(&rt, &memo).await;
            if backend.count() > tries {
                let (pause, step) = (page.last_pause(), (SECOND * (1 << steps)).min(MINUTE));
                assert!((step * 3 / 4..=step).contains(&pause), "{pause:?} of {step:?}, {every:?}");
                (steps, waited) = (steps + 1, Duration::ZERO);
            }
            // No read within the pause matters: they are skipped where there are many.
            let next = every.max(page.last_pause().saturating_sub(waited + 2 * every));
            rt.advance(next);
            waited += next;
        }
    }
}

#[test]
fn p4_2_a_pause_is_shortened_by_at_most_a_quarter_at_random() {
    let pauses = |seed| {
        testing::run(async |time| {
            let (backend, page) = (Backend::up(), Page::default());
            let memo = Builder::on(time.clone())
                .update_after(Duration::ZERO)
                .expire_after(Duration::MAX)
                .refresh_backoff(Backoff::exponential(1_000 * SECOND, 1_000 * SECOND))
                .seed(seed)
                .observer(page.clone())
                .try_wrap(backend.method());
            assert!(memo.call(1).await.is_ok());
            backend.fail();
            for _ in 0..4 {
                assert!(memo.call(1).await.is_ok());
                time.settle().await;
                time.advance(page.last_pause()).await;
            }
            page.pauses()
                .into_iter()
                .skip(1)
                .map(|pause| pause.expect("a failure"))
                .collect::<Vec<_>>()
        })
    };
    let all: Vec<_> = (0..200).flat_map(pauses).collect();

    assert_eq!(all.len(), 800);
    assert!(all.iter().all(|pause| (750 * SECOND..=1_000 * SECOND).contains(pause)));
    // The whole of the quarter is used, evenly.
    for tenth in 0..10 {
        let from = 750 * SECOND + tenth * 25 * SECOND;
        let within = all.iter().filter(|pause| (from..from + 25 * SECOND).contains(pause)).count();
        assert!((40..=120).contains(&within), "{within} of 800 in part {tenth}");
    }
    assert_eq!(pauses(7), pauses(7));
    assert_ne!(pauses(7), pauses(8));
}

async fn p4_2_a_short_stale_window_pauses_for_a_quarter_of_it<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(12 * SECOND)
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();

    failed_refresh(&rt, &memo).await;

    let pause = page.last_pause();
    assert!((375 * MS..=500 * MS).contains(&pause), "{pause:?}");
}

async fn p4_2_without_a_pause_every_stale_hit_tries_again<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(Backoff::NONE)
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();

    for tries in 1..=5 {
        failed_refresh(&rt, &memo).await;
        assert_eq!(backend.count(), 1 + tries);
        assert_eq!(page.pauses().pop().flatten().unwrap_or_default(), Duration::ZERO);
    }
}

async fn p4_2_a_success_begins_anew<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(Backoff::exponential(SECOND, MINUTE))
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();
    for _ in 0..4 {
        failed_refresh(&rt, &memo).await;
        rt.advance(page.last_pause());
    }

    backend.set(Way::Works);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(at_once(&memo, 1).await, (6, Source::Hit));
    rt.advance(10 * SECOND);
    backend.fail();

    failed_refresh(&rt, &memo).await;
    let pause = page.last_pause();
    assert!((750 * MS..=SECOND).contains(&pause), "{pause:?}");
}

async fn p4_2_an_insertion_ends_the_pause<R: Timed>(rt: R) {
    let (backend, memo) = paused(&rt).await;
    memo.insert(1, 50).await;
    tried_at_the_next_stale_hit(&rt, &backend, &memo, 50).await;
}

async fn p4_2_an_invalidation_ends_the_pause<R: Timed>(rt: R) {
    let (backend, memo) = paused(&rt).await;
    memo.invalidate(&1).await;
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (3, Source::Loaded));
    tried_at_the_next_stale_hit(&rt, &backend, &memo, 3).await;
}

async fn p4_2_clearing_ends_the_pause<R: Timed>(rt: R) {
    let (backend, memo) = paused(&rt).await;
    memo.clear().await;
    // No load in between, which would begin anew by itself.
    let again = backend.count();
    memo.insert(1, 50).await;
    assert_eq!(backend.count(), again);
    tried_at_the_next_stale_hit(&rt, &backend, &memo, 50).await;
}

async fn p4_2_a_forced_load_ends_the_pause<R: Timed>(rt: R) {
    let (backend, memo) = paused(&rt).await;
    backend.set(Way::Works);
    assert_eq!(memo.force_refresh(1).await.unwrap(), 3);
    tried_at_the_next_stale_hit(&rt, &backend, &memo, 3).await;
}

async fn p4_2_one_key_s_failures_do_not_pause_another<R: Timed>(rt: R) {
    let (backend, memo) = paused(&rt).await;
    backend.set(Way::Works);
    answer(&memo, 2).await;
    rt.advance(10 * SECOND);

    assert_eq!(at_once(&memo, 2).await, (3, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(at_once(&memo, 2).await, (4, Source::Hit));
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(backend.count(), 4);
}

async fn p4_2_who_has_nothing_old_always_loads<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt)
        .refresh_backoff(NEVER_AGAIN)
        .stale_if_error(HOUR)
        .observer(page.clone())
        .try_wrap(backend.method());
    backend.fail();

    for loads in 1..=5 {
        assert_eq!(cause(&memo, 1).await, "down");
        assert_eq!(backend.count(), loads);
    }

    assert_eq!(page.pauses(), [None; 5]);
    assert_eq!((memo.stats().loads, memo.stats().load_failures), (5, 5));
}

async fn p4_2_who_finds_the_entry_expired_loads_within_the_pause<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(20 * SECOND)
        .refresh_backoff(NEVER_AGAIN)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();
    failed_refresh(&rt, &memo).await;

    rt.advance(10 * SECOND);

    assert_eq!(cause(&memo, 1).await, "down");
    backend.set(Way::Works);
    assert_eq!(answer(&memo, 1).await, (4, Source::Loaded));
}

async fn p4_2_a_panicking_refresh_pauses_too<R: Timed>(rt: R) {
    let (backend, page) = (Backend::up(), Page::default());
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(NEVER_AGAIN)
        .observer(page.clone())
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.set(Way::Panics);
    failed_refresh(&rt, &memo).await;
    assert!(page.last_pause() >= HOUR * 3 / 4);

    for _ in 0..5 {
        assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    }
    at_rest(&rt, &memo).await;
    assert_eq!((backend.count(), memo.stats().panics, memo.stats().refreshes), (2, 1, 1));
}

#[test]
fn p4_2_a_refresh_that_times_out_pauses_too() {
    testing::run(async |time| {
        let (backend, page) = (Backend::up(), Page::default());
        let memo = Builder::on(time.clone())
            .update_after(10 * SECOND)
            .method_timeout(5 * SECOND)
            .refresh_backoff(Backoff::exponential(100 * SECOND, HOUR))
            .observer(page.clone())
            .try_wrap(backend.method());
        assert_eq!(answer(&memo, 1).await, (1, Source::Loaded));
        time.advance(10 * SECOND).await;
        backend.set(Way::Hangs);
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        time.advance(5 * SECOND).await;
        assert_eq!((memo.stats().timeouts, memo.stats().refresh_failures), (1, 1));
        let pause = page.last_pause();
        assert!((75 * SECOND..=100 * SECOND).contains(&pause), "{pause:?}");

        // It counts from the end of the refresh.
        time.advance(pause - NANO).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        time.settle().await;
        assert_eq!(backend.count(), 2);
        time.advance(NANO).await;
        assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
        time.settle().await;
        assert_eq!(backend.count(), 3);
    });
}

async fn p4_2_the_failure_of_a_superseded_refresh_pauses_nothing<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(NEVER_AGAIN)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.source.gates.shut_at(2);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    until(&rt, || backend.count() == 2).await;

    memo.insert(1, 50).await;
    backend.fail();
    backend.source.gates.open_at(2);
    until(&rt, || memo.stats().refresh_failures == 1).await;
    at_rest(&rt, &memo).await;

    tried_at_the_next_stale_hit(&rt, &backend, &memo, 50).await;
}

async fn p4_2_a_pause_that_never_ends_is_not_an_overflow<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(Duration::MAX)
        .refresh_backoff(Backoff::exponential(Duration::MAX, Duration::MAX))
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();
    failed_refresh(&rt, &memo).await;

    rt.advance(100 * 365 * 24 * HOUR);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;
    assert_eq!(backend.count(), 2);
}

/// A memo whose entry of key 1 grows stale after ten seconds, and whose refresh is not to be tried
/// again for the better part of an hour.
async fn paused<R: Timed>(rt: &R) -> (Backend, Numbers<R>) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .refresh_backoff(NEVER_AGAIN)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    rt.advance(10 * SECOND);
    backend.fail();
    failed_refresh(rt, &memo).await;
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(rt, &memo).await;
    assert_eq!(backend.count(), 2, "it pauses");
    (backend, memo)
}

/// Reads a stale entry, and waits until its refresh has failed.
async fn failed_refresh<R: Timed>(rt: &R, memo: &Numbers<R>) {
    let failures = memo.stats().refresh_failures;
    assert_eq!(at_once(memo, 1).await.1, Source::Stale);
    until(rt, || memo.stats().refresh_failures > failures).await;
    at_rest(rt, memo).await;
}

/// Waits until what was just stored has grown stale, and reads it.
async fn tried_at_the_next_stale_hit<R: Timed>(
    rt: &R,
    backend: &Backend,
    memo: &Numbers<R>,
    value: u32,
) {
    backend.set(Way::Works);
    let before = backend.count();
    rt.advance(10 * SECOND);
    assert_eq!(at_once(memo, 1).await, (value, Source::Stale));
    until(rt, || backend.count() == before + 1).await;
    at_rest(rt, memo).await;
    assert_eq!(at_once(memo, 1).await, (before + 1, Source::Hit));
}
