//! A function that returns a `Cached` says how its value is kept.

use super::Count;
use evermemo::{Cache, Cached, Source, TokioLocal, memoize, testing::Virtual};
use evermemo_tests::{Timed, on_every_runtime};
use std::{rc::Rc, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

type ApiResult<T> = Result<T, String>;

/// A value that lives for so many seconds; without any it is not stored.
fn living<T>(value: T, seconds: u64) -> Cached<T> {
    match seconds {
        0 => Cached::new(value).do_not_store(),
        _ => Cached::new(value).expire_after(Duration::from_secs(seconds)),
    }
}

#[memoize]
async fn sure(seconds: u64, _test: u32) -> Cached<u64> {
    living(seconds, seconds)
}

#[memoize]
async fn fallible(seconds: u64) -> Result<Cached<u64>, String> {
    if seconds == 9 { Err("nine".to_owned()) } else { Ok(living(seconds, seconds)) }
}

#[memoize]
async fn of_the_api(seconds: u64) -> ApiResult<Cached<u64>> {
    Ok(living(seconds, seconds))
}

#[memoize(key = seconds.to_string(), cache_if = |value| *value < 5, expire_after = "1m")]
async fn keyed(seconds: u64, said: bool) -> ApiResult<Cached<u64>> {
    Ok(if said { living(seconds, seconds) } else { Cached::new(seconds) })
}

/// Errors are values here, and live for a second.
#[memoize]
async fn negative(seconds: u64) -> Cached<Result<u64, String>> {
    living(if seconds == 1 { Err("one".to_owned()) } else { Ok(seconds) }, seconds)
}

#[memoize(local, runtime = TokioLocal)]
async fn on_its_thread(seconds: u64) -> Cached<Rc<u64>> {
    living(Rc::new(seconds), seconds)
}

#[memoize]
async fn of_any<T: Clone + Send + Sync + 'static>(seconds: u64) -> Result<Cached<Vec<T>>, String> {
    Ok(living(Vec::new(), seconds))
}

/// As what comes out of a macro.
macro_rules! returning {
    ($name:ident: $returned:ty) => {
        #[memoize]
        async fn $name(seconds: u64) -> $returned {
            Ok(living(seconds, seconds))
        }
    };
}

returning!(of_a_macro: Result<Cached<u64>, String>);

trait Pages {
    fn pages(&self) -> Cache<u64, u64, String>;

    #[memoize(in = self.pages())]
    async fn provided(&self, seconds: u64) -> Result<Cached<u64>, String> {
        Ok(living(seconds, seconds))
    }
}

#[derive(Clone, Default)]
struct Site {
    pages: Cache<u64, u64, String>,
}

impl Pages for Site {
    fn pages(&self) -> Cache<u64, u64, String> {
        self.pages.clone()
    }
}

impl Site {
    #[memoize(in = self.pages)]
    async fn page(&self, seconds: u64) -> ApiResult<Cached<u64>> {
        Ok(living(seconds, seconds))
    }
}

on_every_runtime! { a_value_that_is_not_to_be_stored_is_not }

async fn a_value_that_is_not_to_be_stored_is_not<R: Timed>(_: R) {
    static TESTS: Count = Count::new();
    let test = TESTS.one_more();
    for _ in 0..2 {
        assert_eq!(sure::outcome(0, test).await.unwrap().source, Source::Loaded);
        assert_eq!(sure(7, test).await.unwrap(), 7);
    }
    assert_eq!(sure::outcome(7, test).await.unwrap().source, Source::Hit);
}

/// A life of a second has an end, and one of two goes on.
async fn lives(time: &Virtual, source: impl AsyncFn(u64) -> Source) {
    for (seconds, then) in [(0, Source::Loaded), (1, Source::Loaded), (2, Source::Hit)] {
        assert_eq!(source(seconds).await, Source::Loaded, "{seconds}");
        let at_once = if seconds == 0 { Source::Loaded } else { Source::Hit };
        assert_eq!(source(seconds).await, at_once, "{seconds}");
        time.advance(SECOND).await;
        assert_eq!(source(seconds).await, then, "{seconds}");
    }
}

#[test]
fn a_value_lives_as_its_function_says() {
    evermemo::testing::run(async |time| {
        lives(&time, async |n| sure::outcome(n, 0).await.unwrap().source).await;
        lives(&time, async |n| fallible::outcome(n).await.unwrap().source).await;
        lives(&time, async |n| of_the_api::outcome(n).await.unwrap().source).await;
        lives(&time, async |n| keyed::outcome(n, true).await.unwrap().source).await;
        lives(&time, async |n| negative::outcome(n).await.unwrap().source).await;
        lives(&time, async |n| of_any::outcome::<u8>(n).await.unwrap().source).await;
        lives(&time, async |n| of_a_macro::outcome(n).await.unwrap().source).await;
    });
}

#[test]
fn methods_say_it_too() {
    evermemo::testing::run(async |time| {
        let site = Site::default();
        lives(&time, async |n| site.page_outcome(n).await.unwrap().source).await;
        site.pages.clear().await;
        lives(&time, async |n| site.provided_outcome(n).await.unwrap().source).await;
        assert_eq!(site.provided(2).await.unwrap(), site.page(2).await.unwrap());
    });
}

#[tokio::test]
async fn callers_get_the_value_and_errors_are_still_errors() {
    assert_eq!(fallible(9).await.unwrap_err().cause().unwrap(), "nine");
    assert_eq!(fallible::cache().stats().load_failures, 1);
    let value: evermemo::Result<u64> = sure::force_refresh(30, 0).await;
    assert_eq!(value.unwrap(), sure::uncached(30, 0).await.into_value());
    sure::cache().insert((30, 0), 31).await;
    assert_eq!(sure(30, 0).await.unwrap(), 31);
}

#[test]
fn what_is_not_said_is_said_by_the_options() {
    evermemo::testing::run(async |time| {
        let source = async |n, said| keyed::outcome(n, said).await.unwrap().source;
        assert_eq!(source(3, false).await, Source::Loaded);
        time.advance(SECOND * 59).await;
        assert_eq!(source(3, false).await, Source::Hit);
        time.advance(SECOND).await;
        assert_eq!(source(3, false).await, Source::Loaded);
        assert_eq!(source(7, true).await, Source::Loaded);
        assert_eq!(source(7, true).await, Source::Loaded);
    });
}

#[tokio::test(flavor = "current_thread")]
async fn values_that_stay_on_their_thread_say_it() {
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            for (seconds, then) in [(0, Source::Loaded), (9, Source::Hit)] {
                assert_eq!(on_its_thread::outcome(seconds).await.unwrap().source, Source::Loaded);
                assert_eq!(on_its_thread::outcome(seconds).await.unwrap().source, then);
            }
        })
        .await;
}
