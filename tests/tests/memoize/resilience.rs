//! What is done about failures, and what chance does.

use super::Count;
use evermemo::{Auto, Backoff, EarlyRefresh, Jitter, Runtime, Source, memoize, testing::Virtual};
use futures_util::future::{join, join_all};
use std::{
    sync::atomic::{AtomicU32, Ordering::SeqCst},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn something_old_stands_in_for_a_while() {
    #[memoize(expire_after = "10s", stale_if_error = "1m")]
    async fn numbered() -> Result<u32, u32> {
        static RUNS: Count = Count::new();
        match RUNS.one_more() {
            1 => Ok(1),
            run => Err(run),
        }
    }
    evermemo::testing::run(async |time| {
        assert_eq!(numbered().await.unwrap(), 1);
        time.advance(10 * SECOND).await;
        let old = numbered::outcome().await.unwrap();
        assert_eq!((old.value, old.source), (1, Source::Stale));
        time.advance(60 * SECOND).await;
        assert_eq!(numbered().await.unwrap_err().cause(), Some(&3));
    });
}

#[test]
fn the_wait_for_a_successor_is_bounded() {
    #[memoize(expire_after = "10s", stale_if_error = 60 * SECOND, soft_timeout = "1s")]
    async fn slow() -> u32 {
        static RUNS: Count = Count::new();
        Auto::default().sleep(3 * SECOND).await;
        RUNS.one_more()
    }
    evermemo::testing::run(async |time| {
        assert_eq!((slow().await.unwrap(), time.elapsed()), (1, 3 * SECOND));
        time.advance(10 * SECOND).await;
        let old = slow::outcome().await.unwrap();
        assert_eq!((old.value, old.source, time.elapsed()), (1, Source::Stale, 14 * SECOND));
        time.advance(2 * SECOND).await;
        assert_eq!(slow::outcome().await.unwrap().source, Source::Hit);
    });
}

#[test]
fn failed_refreshes_pause() {
    static RUNS: Count = Count::new();
    #[memoize(
        update_after = "10s",
        expire_after = "1h",
        refresh_backoff = Backoff::exponential(20 * SECOND, 20 * SECOND)
    )]
    async fn numbered() -> Result<u32, u32> {
        match RUNS.one_more() {
            1 => Ok(1),
            run => Err(run),
        }
    }
    evermemo::testing::run(async |time| {
        numbered().await.unwrap();
        time.advance(10 * SECOND).await;
        let runs_after = async |pause: Duration| {
            time.advance(pause).await;
            assert_eq!(numbered().await.unwrap(), 1);
            time.advance(SECOND).await;
            RUNS.get()
        };
        assert_eq!(runs_after(Duration::ZERO).await, 2);
        // A pause is shortened by a quarter at most.
        assert_eq!(runs_after(13 * SECOND).await, 2);
        assert_eq!(runs_after(7 * SECOND).await, 3);
    });
}

#[test]
fn errors_are_kept_for_a_while() {
    #[memoize(cache_errors_for = "5s")]
    async fn failing() -> Result<(), u32> {
        static RUNS: Count = Count::new();
        Err(RUNS.one_more())
    }
    evermemo::testing::run(async |time| {
        let cause = async || failing().await.unwrap_err().cause().copied();
        assert_eq!((cause().await, cause().await), (Some(1), Some(1)));
        assert_eq!(failing::cache().stats().cached_errors, 1);
        time.advance(5 * SECOND).await;
        assert_eq!(cause().await, Some(2));
    });
}

#[test]
fn loads_take_turns() {
    static RUNNING: AtomicU32 = AtomicU32::new(0);
    #[memoize(max_loads = 1 + 1)]
    async fn at_once(_id: u32) -> u32 {
        let running = RUNNING.fetch_add(1, SeqCst) + 1;
        Auto::default().sleep(SECOND).await;
        RUNNING.fetch_sub(1, SeqCst);
        running
    }
    evermemo::testing::run(async |time| {
        let most = join_all((0..6).map(at_once)).await.into_iter().map(Result::unwrap).max();
        assert_eq!((most, time.elapsed()), (Some(2), 3 * SECOND));
    });
}

#[test]
fn lives_differ() {
    #[memoize(
        update_after = "never",
        expire_after = "100s",
        jitter = Jitter::new(0.5).unwrap(),
        key = id
    )]
    async fn jittered(id: u32) -> u32 {
        id
    }
    evermemo::testing::run(async |time| {
        let loaded = async || {
            let outcomes = join_all((0..64).map(jittered::outcome)).await.into_iter();
            outcomes.filter(|outcome| outcome.as_ref().unwrap().source == Source::Loaded).count()
        };
        assert_eq!(loaded().await, 64);
        time.advance(50 * SECOND - Duration::from_nanos(1)).await;
        assert_eq!(loaded().await, 0);
        time.advance(25 * SECOND).await;
        // Each with a chance of one half.
        assert!((1..64).contains(&loaded().await));
    });
}

#[test]
fn refreshes_begin_early() {
    #[memoize(
        update_after = "20s",
        expire_after = "1h",
        early_refresh = EarlyRefresh::default(),
        cache_if = |_| true
    )]
    async fn slow(id: u32) -> u32 {
        Auto::default().sleep(10 * SECOND).await;
        id
    }
    evermemo::testing::run(async |time: Virtual| {
        join_all((0..64).map(slow)).await;
        time.advance(15 * SECOND).await;
        let outcomes = join_all((0..64).map(slow::outcome)).await.into_iter();
        let early = outcomes.filter(|outcome| outcome.as_ref().unwrap().source == Source::Stale);
        // Each with a chance of e^-½, which is 0.6.
        assert!((1..64).contains(&early.count()));
    });
}

#[test]
fn what_is_dead_leaves() {
    #[memoize(expire_after = "10s", stale_if_error = "10s", sweep_every = "1m")]
    async fn itself(id: u32) -> u32 {
        id
    }
    evermemo::testing::run(async |time| {
        join_all((0..8).map(itself)).await;
        time.advance(59 * SECOND).await;
        assert_eq!(itself::cache().len(), 8);
        time.advance(SECOND).await;
        assert_eq!((itself::cache().len(), itself::cache().stats().expired), (0, 8));
    });
}

#[test]
fn methods_have_them_too() {
    #[derive(Clone)]
    struct Shop;

    impl Shop {
        #[memoize(method, expire_after = "10s", stale_if_error = "forever", max_loads = 1)]
        async fn price<T: Clone + Send + Sync + 'static + From<u8>>() -> Result<T, String> {
            static RUNS: Count = Count::new();
            if RUNS.one_more() == 1 { Ok(T::from(7)) } else { Err("closed".to_owned()) }
        }

        #[memoize(skip(self), cache_errors_for = "1s")]
        async fn closed(&self) -> Result<u8, u32> {
            static RUNS: Count = Count::new();
            Err(RUNS.one_more())
        }
    }
    evermemo::testing::run(async |time| {
        assert_eq!(Shop::price::<u64>().await.unwrap(), 7);
        time.advance(3600 * SECOND).await;
        assert_eq!(Shop::price_outcome::<u64>().await.unwrap().source, Source::Stale);
        let (first, second) = join(Shop.closed(), Shop.closed()).await;
        assert_eq!((first.unwrap_err().cause(), second.unwrap_err().cause()), (Some(&1), Some(&1)));
    });
}

#[test]
fn what_lasts_forever_has_no_end() {
    #[memoize(expire_after = "10s", stale_if_error = "forever", soft_timeout = "forever")]
    async fn old() -> Result<u32, u32> {
        static RUNS: Count = Count::new();
        Auto::default().sleep(SECOND).await;
        match RUNS.one_more() {
            1 => Ok(1),
            run => Err(run),
        }
    }
    #[memoize(cache_errors_for = "forever")]
    async fn failing() -> Result<u32, u32> {
        static RUNS: Count = Count::new();
        Err(RUNS.one_more())
    }
    #[memoize(update_after = "forever", expire_after = "forever", method_timeout = "forever")]
    async fn fresh() -> u32 {
        static RUNS: Count = Count::new();
        Auto::default().sleep(240 * SECOND).await;
        RUNS.one_more()
    }
    evermemo::testing::run(async |time| {
        assert_eq!((old().await.unwrap(), failing().await.unwrap_err().cause()), (1, Some(&1)));
        assert_eq!(fresh().await.unwrap(), 1);
        time.advance(100 * 365 * 86_400 * SECOND).await;
        let before = time.elapsed();
        let stale = old::outcome().await.unwrap();
        assert_eq!((stale.value, stale.source), (1, Source::Stale));
        assert_eq!(time.elapsed() - before, SECOND, "it waits until the load ends");
        assert_eq!(failing().await.unwrap_err().cause(), Some(&1));
        assert_eq!(fresh::outcome().await.unwrap().source, Source::Hit);
    });
}

#[test]
fn what_is_off_is_as_if_it_were_not_written() {
    #[memoize(
        expire_after = "10s",
        stale_if_error = "off",
        soft_timeout = "off",
        cache_errors_for = "off",
        sweep_every = "off"
    )]
    async fn numbered() -> Result<u32, u32> {
        static RUNS: Count = Count::new();
        match RUNS.one_more() {
            1 => Ok(1),
            run => Err(run),
        }
    }
    #[memoize(
        update_after = "off",
        expire_after = "off",
        method_timeout = "off",
        cache_errors_for = "off",
        sweep_every = "never"
    )]
    async fn fresh() -> u32 {
        static RUNS: Count = Count::new();
        Auto::default().sleep(240 * SECOND).await;
        RUNS.one_more()
    }
    evermemo::testing::run(async |time| {
        assert_eq!((numbered().await.unwrap(), fresh().await.unwrap()), (1, 1));
        time.advance(365 * 86_400 * SECOND).await;
        assert_eq!(numbered::cache().len(), 1, "nothing sweeps");
        assert_eq!(numbered().await.unwrap_err().cause(), Some(&2), "nothing stands in");
        assert_eq!(numbered().await.unwrap_err().cause(), Some(&3), "no error is kept");
        assert_eq!(fresh::outcome().await.unwrap().source, Source::Hit);
    });
}

#[test]
fn words_may_come_out_of_a_macro() {
    macro_rules! kept {
        ($name:ident, $life:literal, $old:expr) => {
            #[memoize(expire_after = $life, stale_if_error = $old)]
            async fn $name() -> Result<u32, u32> {
                static RUNS: Count = Count::new();
                match RUNS.one_more() {
                    1 => Ok(1),
                    run => Err(run),
                }
            }
        };
    }
    kept!(old, "10s", "forever");
    evermemo::testing::run(async |time| {
        assert_eq!(old().await.unwrap(), 1);
        time.advance(3_600 * SECOND).await;
        assert_eq!(old().await.unwrap(), 1);
    });
}
