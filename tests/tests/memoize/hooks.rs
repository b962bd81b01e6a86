//! Observers, weighers, entry builders and predicates as options.

use super::Count;
use evermemo::{
    Cache, CacheEntry, CacheEntryBuilder, Event, Instant, Observer, Source, TokioLocal, Trigger,
    memoize,
};
use evermemo_tests::{Timed, on_every_runtime};
use std::{
    convert::Infallible,
    fmt::Debug,
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

/// Lines that are written from anywhere.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn of(&self, word: &str) -> Vec<String> {
        self.0.lock().unwrap().iter().filter(|line| line.contains(word)).cloned().collect()
    }
}

impl<K: Debug, V, E> Observer<K, V, E> for &'static Log {
    fn observe(&self, event: &Event<'_, K, V, E>) {
        if let Event::LoadStarted { key, trigger, .. } = event {
            self.write(format!("{trigger:?} {key:?}"));
        }
    }
}

static LOG: Log = Log::new();

#[memoize(observer = &LOG)]
async fn observed(id: u32, _test: &str) -> u32 {
    id
}

static FAILURES: Log = Log::new();

#[memoize(update_after = "1s", observer = |event| {
    if let Event::LoadEnded { key: (id, text), trigger: Trigger::Refresh, result, .. } = event
        && let Err(error) = result
    {
        FAILURES.write(format!("{} {}: {error}", id + 1, text.len()));
    }
})]
async fn refreshed(id: u32, text: &str) -> Result<u32, String> {
    static RUNS: Count = Count::new();
    if RUNS.one_more() == 1 { Ok(id) } else { Err(format!("no {text}")) }
}

fn starts(event: &Event<'_, u32, Vec<u32>, Infallible>) {
    if let Event::LoadStarted { key, .. } = event {
        LOG.write(format!("fn {key}"));
    }
}

fn weight(value: &[u32]) -> u32 {
    value.len().try_into().unwrap()
}

#[memoize(capacity = 10, weigher = |_, value| weight(value), observer = starts)]
async fn weighed(length: u32) -> Vec<u32> {
    vec![0; length as usize]
}

/// Lives as many seconds as its key says.
struct ByKey;

impl<V> CacheEntryBuilder<u64, V> for ByKey {
    fn build(&self, key: &u64, value: V, now: Instant) -> CacheEntry<V> {
        CacheEntry::new(value, now).expires_after(now + Duration::from_secs(*key))
    }
}

#[memoize(entry_builder = ByKey)]
async fn by_key(seconds: u64) -> u64 {
    seconds
}

/// What is not there is asked for again soon.
#[memoize(cache_if = |value| *value != Some(9), entry_builder = |key, value, now| {
    let life = if value.is_some() { Duration::from_secs(u64::from(*key)) } else { SECOND };
    CacheEntry::new(value, now).expires_after(now + life)
})]
async fn negative(id: u32) -> Option<u32> {
    (id > 2).then_some(id)
}

static DOWN: AtomicBool = AtomicBool::new(false);

#[memoize(
    expire_after = "1s",
    stale_if_error = 60 * SECOND,
    stale_if_error_when = |error| error != "not found",
)]
async fn backend(id: u32) -> Result<u32, String> {
    match (DOWN.load(SeqCst), id) {
        (false, _) => Ok(id),
        (true, 0) => Err("not found".to_owned()),
        (true, _) => Err("no connection".to_owned()),
    }
}

/// The key's type has no name, and closures know it all the same.
#[memoize(
    key = (text.len(), text.to_lowercase()),
    capacity = 5,
    weigher = |key, value| u32::try_from(key.0).unwrap() + *value,
    observer = |event| if let Event::LoadStarted { key, .. } = event {
        LOG.write(format!("keyed {} {}", key.0, key.1.to_uppercase()));
    },
    entry_builder = |key, value, now| CacheEntry::new(value, now)
        .expires_after(now + SECOND * u32::try_from(key.1.len()).unwrap()),
)]
async fn keyed(text: &str) -> u32 {
    u32::from(!text.is_empty())
}

#[memoize(observer = |event| LOG.write(format!("generic {event:?}")), weigher = |_, _| 0)]
async fn generic<T: Clone + Send + Sync + Debug + 'static>(_id: u8) -> Result<Vec<T>, T> {
    Ok(Vec::new())
}

#[memoize(
    local,
    runtime = TokioLocal,
    observer = |event| if let Event::LoadStarted { key, .. } = event {
        LOG.write(format!("local {}", Rc::strong_count(key)));
    },
    weigher = |key, _| **key,
    entry_builder = {
        let life = Rc::new(SECOND);
        move |_, value, now| CacheEntry::new(value, now).expires_after(now + *life)
    },
)]
async fn on_its_thread(id: Rc<u32>) -> Rc<u32> {
    id
}

struct Shop;

impl Shop {
    #[memoize(method, observer = { let log = &LOG; move |event| {
        if let Event::LoadStarted { key, .. } = event {
            log.write(format!("method {key}"));
        }
    } })]
    async fn price(sku: u32) -> u32 {
        sku
    }
}

on_every_runtime! { an_observer_hears_of_loads }

async fn an_observer_hears_of_loads<R: Timed>(_: R) {
    static TESTS: Count = Count::new();
    let test = format!("hears {}", TESTS.one_more());
    assert_eq!(observed(7, &test).await.unwrap(), 7);
    assert_eq!(observed(7, &test).await.unwrap(), 7);
    assert_eq!(LOG.of(&test), [format!("Call (7, {test:?})")]);
}

#[test]
fn an_observer_may_be_a_closure_that_knows_the_types() {
    evermemo::testing::run(async |time| {
        assert_eq!(refreshed(1, "answer").await.unwrap(), 1);
        time.advance(SECOND).await;
        assert_eq!(refreshed(1, "answer").await.unwrap(), 1);
        time.settle().await;
        assert_eq!(FAILURES.of(""), ["2 6: no answer"]);
        let cache: &Cache<(u32, String), u32, String> = refreshed::cache();
        assert_eq!(cache.stats().refresh_failures, 1);
    });
}

#[tokio::test]
async fn closures_know_the_types_of_any_function() {
    assert_eq!(keyed("Odd").await.unwrap(), 1);
    assert_eq!(LOG.of("keyed 3"), ["keyed 3 ODD"]);
    assert!(generic::<u16>(1).await.unwrap().is_empty());
    assert_eq!(LOG.of("generic LoadStarted").len(), 1);
    assert_eq!(Shop::price(7).await.unwrap(), 7);
    assert_eq!(LOG.of("method"), ["method 7"]);
    let local = tokio::task::LocalSet::new();
    local.run_until(async { on_its_thread(Rc::new(1)).await.unwrap() }).await;
    assert_eq!(LOG.of("local").len(), 1);
}

#[tokio::test]
async fn a_weigher_says_what_fits() {
    assert_eq!(weighed(11).await.unwrap().len(), 11);
    assert_eq!(weighed::cache().len(), 0);
    for length in [6, 4, 5] {
        assert_eq!(weighed(length).await.unwrap().len(), length as usize);
    }
    assert!(weighed::cache().len() < 3, "15 do not fit into 10");
    assert_eq!(["11", "6", "4", "5"].map(|length| LOG.of(&format!("fn {length}")).len()), [1; 4]);
    assert_eq!((keyed("four").await.unwrap(), keyed("sixsix").await.unwrap()), (1, 1));
    assert_eq!(keyed::outcome("four").await.unwrap().source, Source::Hit);
    assert_eq!(keyed::outcome("sixsix").await.unwrap().source, Source::Loaded);
}

#[test]
fn an_entry_builder_gives_entries_their_times() {
    evermemo::testing::run(async |time| {
        assert_eq!((by_key(1).await.unwrap(), by_key(2).await.unwrap()), (1, 2));
        assert_eq!((negative(1).await.unwrap(), negative(3).await.unwrap()), (None, Some(3)));
        time.advance(SECOND).await;
        assert_eq!(by_key::outcome(1).await.unwrap().source, Source::Loaded);
        assert_eq!(by_key::outcome(2).await.unwrap().source, Source::Hit);
        assert_eq!(negative::outcome(1).await.unwrap().source, Source::Loaded);
        assert_eq!(negative::outcome(3).await.unwrap().source, Source::Hit);
        for _ in 0..2 {
            assert_eq!(negative::outcome(9).await.unwrap().source, Source::Loaded);
        }
    });
}

#[test]
fn a_predicate_says_which_errors_are_outages() {
    evermemo::testing::run(async |time| {
        assert_eq!((backend(0).await.unwrap(), backend(1).await.unwrap()), (0, 1));
        DOWN.store(true, SeqCst);
        time.advance(SECOND).await;
        assert_eq!(backend(0).await.unwrap_err().cause().unwrap(), "not found");
        assert_eq!(backend::outcome(1).await.unwrap().source, Source::Stale);
        time.advance(60 * SECOND).await;
        assert_eq!(backend(1).await.unwrap_err().cause().unwrap(), "no connection");
    });
}

#[tokio::test]
async fn closures_observe_caches_of_a_builder() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let squares = evermemo::builder()
        .observer(move |event: &Event<'_, u64, u64, Infallible>| {
            if let Event::LoadStarted { key, .. } = event {
                log.lock().unwrap().push(**key);
            }
        })
        .wrap(|n: u64| async move { n * n });
    assert_eq!((squares.call(3).await.unwrap(), squares.call(4).await.unwrap()), (9, 16));
    assert_eq!(*seen.lock().unwrap(), [3, 4]);
    let shared: Cache<u32, Vec<u32>> = evermemo::builder().observer(Arc::new(starts)).build();
    shared.get_with(1_000, |_| async { Ok(Vec::new()) }).await.unwrap();
    assert_eq!(LOG.of("fn 1000").len(), 1);
}

static EDITION: AtomicBool = AtomicBool::new(false);

/// A value of the other edition does not answer.
#[memoize(valid_if = |value| value.0 == EDITION.load(SeqCst))]
async fn printed(id: u32) -> (bool, u32) {
    (EDITION.load(SeqCst), id)
}

#[test]
fn p4_11_a_closure_says_which_values_may_answer() {
    evermemo::testing::run(async |_| {
        assert_eq!(printed(7).await.unwrap(), (false, 7));
        assert_eq!(printed::outcome(7).await.unwrap().source, Source::Hit);
        EDITION.store(true, SeqCst);
        assert_eq!(printed(7).await.unwrap(), (true, 7));
        assert_eq!(printed::outcome(7).await.unwrap().source, Source::Hit);
    });
}
