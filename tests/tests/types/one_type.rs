//! Whatever a cache is made of, its type is the same.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use evermemo::{
    ArgumentsKeyExtractor, Backoff, Builder, Cache, CacheConfiguration, CacheEntry,
    ConfigurationSource, DefaultInMemoryCacheConfiguration, Event, EvictionStrategy, Fixed,
    FixedCacheConfiguration, InMemoryLocks, InMemoryTicket, InMemoryWait, Instant,
    LocalInMemoryCacheStorage, MethodName, MutableCacheConfiguration, NoEvictionStrategy,
    NoPostprocessing, Observer, Policy, ProvidedLifeSpanCacheEntryBuilder, Turn, UpdateStatuses,
};
use evermemo_tests::{Mode, Operation, Probe};

use crate::send;

type Value = &'static str;
type Named = Cache<u64, Value, io::Error>;

/// The one written first leaves.
#[derive(Default)]
struct Oldest(Mutex<VecDeque<u64>>);

impl EvictionStrategy<u64, Value> for Oldest {
    fn mark_read(&self, _key: &u64) {}

    fn mark_written(&self, key: &u64, _entry: &CacheEntry<Value>) {
        self.0.lock().unwrap().push_back(*key);
    }

    fn mark_released(&self, key: &u64) {
        self.0.lock().unwrap().retain(|kept| kept != key);
    }

    fn next_to_release(&self) -> Option<u64> {
        let keys = self.0.lock().unwrap();
        if keys.len() > 3 { keys.front().copied() } else { None }
    }
}

/// Counts what it hears.
#[derive(Clone, Default)]
struct Heard(Arc<AtomicUsize>);

impl Observer<u64, Value, io::Error> for Heard {
    fn observe(&self, _event: &Event<'_, u64, Value, io::Error>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// A registry that is not the engine's own.
struct Registry(InMemoryLocks<u64, Value, io::Error>);

impl UpdateStatuses<u64, Value, io::Error> for Registry {
    type Ticket = InMemoryTicket<Value, io::Error>;
    type Wait = InMemoryWait<Value, io::Error>;

    fn is_being_updated(&self, key: &u64) -> bool {
        self.0.is_being_updated(key)
    }

    fn mark_being_updated(&self, key: &u64, now: Instant) -> Turn<Self::Ticket, Self::Wait> {
        self.0.mark_being_updated(key, now)
    }

    fn is_current(&self, key: &u64, ticket: &Self::Ticket) -> bool {
        self.0.is_current(key, ticket)
    }

    fn mark_updated(&self, key: &u64, ticket: &Self::Ticket, entry: CacheEntry<Value>) {
        self.0.mark_updated(key, ticket, entry);
    }

    fn mark_update_aborted(
        &self,
        key: &u64,
        ticket: &Self::Ticket,
        failure: evermemo::Failure<io::Error>,
    ) {
        self.0.mark_update_aborted(key, ticket, failure);
    }

    fn supersede(&self, key: Option<&u64>) {
        self.0.supersede(key);
    }
}

/// A configuration of one's own, with components of its own types.
struct Own {
    storage: LocalInMemoryCacheStorage<u64, Value>,
    entry_builder: ProvidedLifeSpanCacheEntryBuilder,
}

impl Own {
    fn new() -> Self {
        let storage = LocalInMemoryCacheStorage::new(100);
        Self { storage, entry_builder: ProvidedLifeSpanCacheEntryBuilder::default() }
    }
}

impl CacheConfiguration<u64, Value> for Own {
    type Key = u64;
    type Storage = LocalInMemoryCacheStorage<u64, Value>;
    type KeyExtractor = ArgumentsKeyExtractor;
    type EntryBuilder = ProvidedLifeSpanCacheEntryBuilder;
    type EvictionStrategy = NoEvictionStrategy;
    type Postprocessing = NoPostprocessing;

    fn method_timeout(&self) -> Option<Duration> {
        None
    }

    fn storage(&self) -> &Self::Storage {
        &self.storage
    }

    fn key_extractor(&self) -> &ArgumentsKeyExtractor {
        &ArgumentsKeyExtractor
    }

    fn entry_builder(&self) -> &Self::EntryBuilder {
        &self.entry_builder
    }

    fn eviction_strategy(&self) -> &NoEvictionStrategy {
        &NoEvictionStrategy
    }

    fn postprocessing(&self) -> &NoPostprocessing {
        &NoPostprocessing
    }
}

/// A source of one's own, which notes how often it was asked.
struct Asked {
    own: Own,
    times: AtomicUsize,
}

impl ConfigurationSource<u64, Value> for Asked {
    type Current = Own;
    type Snapshot = usize;

    fn snapshot(&self) -> usize {
        self.times.fetch_add(1, SeqCst)
    }

    fn current<'a>(&'a self, _snapshot: &'a usize) -> &'a Own {
        &self.own
    }
}

fn every_kind() -> Vec<(&'static str, Named)> {
    let builder = evermemo::builder;
    let whole = |_: MethodName, key: &u64| *key;
    let minute = |_: &u64, value: Value, now: Instant| {
        CacheEntry::new(value, now).expires_after(now + Duration::from_secs(60))
    };
    let fixed = FixedCacheConfiguration::new(
        Some(Duration::from_secs(1)),
        LocalInMemoryCacheStorage::new(100),
        whole,
        minute,
        Oldest::default(),
        |value| value,
    );
    let default = DefaultInMemoryCacheConfiguration::<u64, Value>::default;
    let mutable = MutableCacheConfiguration::initialized_with(default());
    let asked = Asked { own: Own::new(), times: AtomicUsize::new(0) };
    vec![
        ("plain", builder().build()),
        ("lru", builder().policy(Policy::Lru).build()),
        ("weigher", builder().weigher(|_: &u64, value: &Value| value.len() as u32).build()),
        ("storage that waits", builder().storage(Probe::new()).build()),
        (
            "shared storage",
            builder().storage(Arc::new(LocalInMemoryCacheStorage::new(100))).build(),
        ),
        ("strategy", builder().eviction_strategy(Oldest::default()).build()),
        ("extractor", builder().key_extractor(whole).build()),
        ("entry builder", builder().entry_builder(minute).build()),
        ("observer", builder().observer(Heard::default()).build()),
        ("postprocessing", builder().postprocessing(|value| value).build()),
        ("registry", builder().update_statuses(Registry(InMemoryLocks::new(None))).build()),
        ("settings", builder().refresh_backoff(Backoff::NONE).max_loads(8).build()),
        ("default configuration", builder().configuration(default()).build()),
        ("fixed configuration", builder().configuration(fixed).build()),
        ("configuration of one's own", builder().configuration(Fixed(Own::new())).build()),
        ("mutable configuration", builder().configuration(mutable).build()),
        ("source of one's own", builder().configuration(asked).build()),
    ]
}

#[tokio::test]
async fn one_vec_holds_caches_whatever_they_are_made_of() {
    for (name, cache) in every_kind() {
        for key in 0..5 {
            let load = async |_| Ok::<_, io::Error>("loaded");
            assert_eq!(send(cache.get_with(key, load)).await.unwrap(), "loaded", "{name}");
        }
        let load = async |_| Err(io::Error::other("down"));
        let failed = cache.get_with(4, load).force().await.unwrap_err();
        assert_eq!(failed.cause().unwrap().to_string(), "down", "{name}");
        // A storage that waits has it once it has been written.
        while cache.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
        let none = async |_| Err(io::Error::other("no load runs"));
        let hit = cache.get_with(4, none).outcome().await;
        assert_eq!(hit.unwrap().value, "loaded", "{name}");
        let stats = cache.stats();
        assert_eq!((stats.loads, stats.hits, stats.calls()), (6, 1, 7), "{name}");
        cache.try_insert(4, "inserted").await.unwrap();
        let load = async |_| Err(io::Error::other("no load runs"));
        assert_eq!(cache.get_args_with(4, load).await.unwrap(), "inserted", "{name}");
        cache.try_invalidate(&4).await.unwrap();
        let load = async |_| Ok("again");
        assert_eq!(cache.get_ref_with(&4, load).await.unwrap(), "again", "{name}");
    }
}

#[tokio::test]
async fn a_cache_tells_how_much_it_holds_as_far_as_its_storage_can() {
    for (name, cache) in every_kind() {
        for key in 0..3 {
            cache.try_insert(key, "four").await.unwrap();
        }
        assert_eq!(cache.len(), 3, "{name}");
        assert_eq!(cache.weight(), if name == "weigher" { 12 } else { 3 }, "{name}");
        let waits = name == "storage that waits";
        assert_eq!(cache.policy().is_some(), !waits, "{name}");
        assert_eq!(cache.entry(&1).map(|entry| entry.value), (!waits).then_some("four"), "{name}");
        assert_eq!(cache.set_capacity(2), !waits, "{name}");
        assert_eq!(cache.capacity(), if waits { usize::MAX } else { 2 }, "{name}");
    }
}

/// The storage that waits says how many entries there are, and its own error.
#[tokio::test]
async fn a_storage_s_own_error_can_be_asked_for_by_its_type() {
    let probe = Probe::<u64, Value>::new();
    probe.set(Operation::Release, Mode::Fail("no"));
    let plain: Named = evermemo::builder().storage(probe.clone()).build();
    let mutable = MutableCacheConfiguration::initialized_with(FixedCacheConfiguration::new(
        None,
        probe,
        ArgumentsKeyExtractor,
        ProvidedLifeSpanCacheEntryBuilder::default(),
        NoEvictionStrategy,
        NoPostprocessing,
    ));
    let exchanged: Named = evermemo::builder().configuration(mutable).build();
    for cache in [plain, exchanged] {
        let error = cache.try_invalidate(&7).await.unwrap_err();
        assert_eq!(error.downcast_ref::<io::Error>().unwrap().to_string(), "no");
    }
}

/// Arguments that are no key.
#[tokio::test]
async fn arguments_that_are_no_key_go_through_an_extractor() {
    let squares: Cache<(f64, f64), u64, Infallible> = Builder::on(evermemo::Auto::default())
        .key_extractor(|_: MethodName, place: &(f64, f64)| (place.0 as i64, place.1 as i64))
        .build();
    for place in [(1.2, 3.4), (1.9, 3.1)] {
        let answer = send(squares.get_args_with(place, async |_| Ok(7))).await;
        assert_eq!(answer.unwrap(), 7);
    }
    assert_eq!((squares.stats().loads, squares.stats().hits), (1, 1));
    assert_eq!(size_of::<Cache<(f64, f64), u64>>(), size_of::<usize>());
}

/// Its futures are named.
#[test]
fn a_storage_may_have_futures_of_its_own_types() {
    fn ready_now<S: evermemo::CacheStorage<u64, Value, Done = Ready<Result<(), Infallible>>>>() {}
    ready_now::<LocalInMemoryCacheStorage<u64, Value>>();
    assert!(matches!(ready(7).into_inner(), 7));
}
