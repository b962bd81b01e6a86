//! Lives that are left to chance.

use super::{HOUR, MINUTE, NANO, Numbers, SECOND, answer, at_once, at_rest, backend::Backend};

use evermemo::{Builder, CacheEntry, EarlyRefresh, Instant, Jitter, Source, testing};
use evermemo_tests::{Timed, on_every_runtime, polled};
use std::{convert::Infallible, time::Duration};

on_every_runtime! {
    p4_5_jitter_shortens_both_times_in_proportion,
    p4_5_a_life_that_is_shortened_ends_when_its_entry_says,
    p4_5_jitter_leaves_what_never_ends,
    p4_5_the_window_of_a_stand_in_follows_the_shortened_life,
    p4_5_an_early_refresh_begins_between_creation_and_update,
    p4_5_what_is_never_refreshed_is_not_refreshed_early,
    p4_5_a_load_that_takes_no_time_is_not_refreshed_early,
    p4_5_an_inserted_value_is_jittered_like_a_loaded_one,
}

/// What an entry lives: until it is stale, and until it is expired.
type Life = (Duration, Duration);

async fn p4_5_jitter_shortens_both_times_in_proportion<R: Timed>(rt: R) {
    for part in [0.1, 0.5, 1.0] {
        let lives = jittered(&rt, part, 7).await;
        let shares: Vec<_> = lives
            .iter()
            .map(|&(update, expire)| {
                let (update, expire) =
                    (update.as_secs_f64() / 600.0, expire.as_secs_f64() / 1200.0);
                assert!((update - expire).abs() < 1e-6, "{update} of one, {expire} of the other");
                1.0 - update
            })
            .collect();
        assert!(shares.iter().all(|share| (-1e-9..=part + 1e-9).contains(share)));
        // All of it is used, and evenly.
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        assert!((mean / part - 0.5).abs() < 0.06, "{mean} of {part}");
        assert!(shares.iter().any(|share| *share < 0.05 * part));
        assert!(shares.iter().any(|share| *share > 0.95 * part));
    }
    assert_eq!(jittered(&rt, 0.1, 7).await, jittered(&rt, 0.1, 7).await);
    assert_ne!(jittered(&rt, 0.1, 7).await, jittered(&rt, 0.1, 8).await);
    let none = jittered(&rt, 0.0, 7).await;
    assert!(none.iter().all(|life| *life == (600 * SECOND, 1_200 * SECOND)));
}

#[test]
fn p4_5_caches_without_a_seed_draw_different_lives() {
    let lives = || {
        testing::run(async |time| {
            let memo = Builder::on(time)
                .expire_after(600 * SECOND)
                .jitter(Jitter::new(0.5).unwrap())
                .try_wrap(Backend::up().method());
            for key in 0..8 {
                assert!(memo.call(key).await.is_ok());
            }
            (0..8).map(|key| life(&memo.cache().entry(&key).unwrap()).1).collect::<Vec<_>>()
        })
    };
    assert_ne!(lives(), lives());
}

async fn p4_5_a_life_that_is_shortened_ends_when_its_entry_says<R: Timed>(rt: R) {
    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(600 * SECOND)
        .expire_after(1_200 * SECOND)
        .jitter(Jitter::new(0.2).unwrap())
        .seed(11)
        .try_wrap(Backend::up().method());
    answer(&memo, 1).await;
    let entry = memo.cache().entry(&1).unwrap();
    assert!(entry.update_after < entry.created + 600 * SECOND);

    rt.set(entry.update_after.saturating_before(NANO));
    assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
    rt.set(entry.update_after);
    assert_eq!(at_once(&memo, 1).await, (1, Source::Stale));
    at_rest(&rt, &memo).await;

    let memo: Numbers<R> = Builder::on(rt.clone())
        .update_after(Duration::MAX)
        .expire_after(1_200 * SECOND)
        .jitter(Jitter::new(0.2).unwrap())
        .seed(11)
        .try_wrap(Backend::up().method());
    answer(&memo, 1).await;
    let entry = memo.cache().entry(&1).unwrap();
    rt.set(entry.expires_after.saturating_before(NANO));
    assert_eq!(at_once(&memo, 1).await.0, 1);
    rt.set(entry.expires_after);
    assert_eq!(answer(&memo, 1).await, (2, Source::Loaded));
}

async fn p4_5_jitter_leaves_what_never_ends<R: Timed>(rt: R) {
    let never = |update_after, expire_after| {
        let rt = rt.clone();
        async move {
            let memo: Numbers<R> = Builder::on(rt)
                .update_after(update_after)
                .expire_after(expire_after)
                .jitter(Jitter::new(1.0).unwrap())
                .seed(1)
                .try_wrap(Backend::up().method());
            answer(&memo, 1).await;
            memo.cache().entry(&1).unwrap()
        }
    };
    let entry = never(Duration::MAX, Duration::MAX).await;
    assert_eq!((entry.update_after, entry.expires_after), (Instant::NEVER, Instant::NEVER));
    let entry = never(MINUTE, Duration::MAX).await;
    assert!(entry.update_after <= entry.created + MINUTE);
    assert_eq!(entry.expires_after, Instant::NEVER);
}

async fn p4_5_the_window_of_a_stand_in_follows_the_shortened_life<R: Timed>(rt: R) {
    let backend = Backend::up();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .expire_after(HOUR)
        .stale_if_error(MINUTE)
        .jitter(Jitter::new(0.5).unwrap())
        .seed(5)
        .refresh_backoff(evermemo::Backoff::NONE)
        .try_wrap(backend.method());
    answer(&memo, 1).await;
    let entry = memo.cache().entry(&1).unwrap();
    assert!(entry.expires_after < entry.created + HOUR);
    assert_eq!(entry.retain_until, entry.expires_after + MINUTE);

    backend.fail();
    rt.set((entry.expires_after + MINUTE).saturating_before(NANO));
    assert_eq!(answer(&memo, 1).await, (1, Source::Stale));
    rt.advance(NANO);
    assert!(memo.call(1).await.is_err());
}

async fn p4_5_an_early_refresh_begins_between_creation_and_update<R: Timed>(rt: R) {
    let lives = early(&rt, 1.0, 10 * SECOND, 3).await;
    let drawn: Vec<_> = lives
        .iter()
        .map(|&(update, expire)| {
            assert_eq!(expire, 1_200 * SECOND, "the expiry is as it was");
            assert!(update <= 600 * SECOND);
            (600 * SECOND - update).as_secs_f64() / 10.0
        })
        .collect();
    // -ln(u) of an even u has a mean of 1, a variance of 1, and a median of ln 2.
    let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
    assert!((0.85..1.15).contains(&mean), "a mean of {mean}");
    let above = drawn.iter().filter(|drawn| **drawn > core::f64::consts::LN_2).count();
    assert!((drawn.len() * 2 / 5..drawn.len() * 3 / 5).contains(&above), "{above}");
    assert!(drawn.iter().any(|drawn| *drawn > 3.0));
    assert!(drawn.iter().any(|drawn| *drawn < 0.05));

    // In proportion to beta, by the same numbers.
    let eager = early(&rt, 2.0, 10 * SECOND, 3).await;
    for (once, twice) in lives.iter().zip(&eager) {
        let (once, twice) = (600 * SECOND - once.0, 600 * SECOND - twice.0);
        assert!(twice.abs_diff(2 * once) <= 4 * NANO, "{once:?}, {twice:?}");
    }
    assert!(early(&rt, 0.0, 10 * SECOND, 3).await.iter().all(|life| life.0 == 600 * SECOND));
    assert_eq!(early(&rt, 1.0, 10 * SECOND, 3).await, lives);
    assert_ne!(early(&rt, 1.0, 10 * SECOND, 4).await, lives);

    // Never before the entry was made, however long the load took.
    let long = early(&rt, 1.0, 100 * HOUR, 3).await;
    assert!(long.iter().any(|life| life.0 == Duration::ZERO));
    assert!(early(&rt, f64::MAX, HOUR, 3).await.iter().all(|life| life.0 <= 600 * SECOND));
}

async fn p4_5_what_is_never_refreshed_is_not_refreshed_early<R: Timed>(rt: R) {
    for update_after in [MINUTE, HOUR] {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo: Numbers<R> = Builder::on(rt.clone())
            .update_after(update_after)
            .expire_after(MINUTE)
            .early_refresh(EarlyRefresh::new(1_000.0).unwrap())
            .seed(1)
            .try_wrap(backend.method());
        let mut call = Box::pin(memo.call(1));
        assert!(polled(&mut call).await.is_pending());
        rt.advance(10 * SECOND);
        backend.source.gates.open_at(1);
        assert_eq!(call.await.unwrap(), 1);

        let entry = memo.cache().entry(&1).unwrap();
        assert_eq!(life(&entry), (update_after, MINUTE));
        rt.advance(MINUTE - NANO);
        assert_eq!(at_once(&memo, 1).await, (1, Source::Hit));
        assert_eq!(memo.stats().refreshes, 0);
    }
}

async fn p4_5_a_load_that_takes_no_time_is_not_refreshed_early<R: Timed>(rt: R) {
    let lives = early(&rt, 1.0, Duration::ZERO, 3).await;
    assert!(lives.iter().all(|life| *life == (600 * SECOND, 1_200 * SECOND)));
}

async fn p4_5_an_inserted_value_is_jittered_like_a_loaded_one<R: Timed>(rt: R) {
    let memo: Numbers<R> = Builder::on(rt)
        .update_after(600 * SECOND)
        .expire_after(1_200 * SECOND)
        .jitter(Jitter::new(0.5).unwrap())
        .seed(11)
        .try_wrap(Backend::up().method());
    let mut lives = Vec::new();
    for key in 0..20 {
        memo.insert(key, 50).await;
        lives.push(life(&memo.cache().entry(&key).unwrap()));
    }
    assert!(lives.iter().all(|life| life.0 >= 300 * SECOND && life.0 <= 600 * SECOND));
    lives.dedup();
    assert_eq!(lives.len(), 20, "each is drawn for itself");
}

#[test]
fn p4_5_settings_of_chance_have_bounds() {
    for part in [0.0, 0.5, 1.0] {
        assert!(Jitter::new(part).is_ok());
    }
    for part in [-0.1, 1.1, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let error = Jitter::new(part).expect_err("it is out of bounds").to_string();
        assert_eq!(error, format!("jitter is {part}, not from 0 to 1"));
    }
    for beta in [0.0, 1.0, f64::MAX] {
        assert!(EarlyRefresh::new(beta).is_ok());
    }
    for beta in [-1.0, f64::INFINITY, f64::NAN] {
        let error = EarlyRefresh::new(beta).expect_err("it is out of bounds").to_string();
        assert_eq!(error, format!("beta of early refresh is {beta}, not 0 or more and finite"));
    }
    // Minus zero is zero.
    assert!(Jitter::new(-0.0).is_ok() && EarlyRefresh::new(-0.0).is_ok());
}

const DRAWS: u32 = 300;

/// What entries live that are jittered by at most `part`.
async fn jittered<R: Timed>(rt: &R, part: f64, seed: u64) -> Vec<Life> {
    let memo = Builder::on(rt.clone())
        .capacity(DRAWS as usize)
        .update_after(600 * SECOND)
        .expire_after(1_200 * SECOND)
        .jitter(Jitter::new(part).unwrap())
        .seed(seed)
        .try_wrap(|key: u32| async move { Ok::<_, Infallible>(key) });
    let mut lives = Vec::new();
    for key in 0..DRAWS {
        memo.call(key).await.unwrap();
        lives.push(life(&memo.cache().entry(&key).unwrap()));
    }
    lives
}

/// What entries live whose loads took `delta`, and which may be refreshed early.
async fn early<R: Timed>(rt: &R, beta: f64, delta: Duration, seed: u64) -> Vec<Life> {
    let backend = Backend::shut_after_first();
    let memo: Numbers<R> = Builder::on(rt.clone())
        .capacity(DRAWS as usize)
        .method_timeout(None)
        .update_after(600 * SECOND)
        .expire_after(1_200 * SECOND)
        .early_refresh(EarlyRefresh::new(beta).unwrap())
        .seed(seed)
        .try_wrap_with(evermemo::InMemoryLocks::new(Duration::MAX), backend.method());
    backend.source.gates.shut_at(1);
    let mut lives = Vec::new();
    for key in 0..DRAWS {
        let mut call = Box::pin(memo.call(key));
        assert!(polled(&mut call).await.is_pending());
        rt.advance(delta);
        backend.source.gates.open_at(key + 1);
        call.await.unwrap();
        lives.push(life(&memo.cache().entry(&key).unwrap()));
    }
    lives
}

fn life<V>(entry: &CacheEntry<V>) -> Life {
    let after = |instant: Instant| instant.saturating_since(entry.created);
    (after(entry.update_after), after(entry.expires_after))
}
