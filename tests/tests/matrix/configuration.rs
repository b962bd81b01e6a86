//! Components that are exchanged while calls run.

use evermemo::{
    ArgumentsKeyExtractor, Builder, CacheEntryBuilder, CacheStorage, CountStorage,
    DefaultInMemoryCacheConfiguration, FixedCacheConfiguration, Instant, LocalInMemoryCacheStorage,
    MethodName, MutableCacheConfiguration, NoEvictionStrategy, NoPostprocessing, Policy,
    ProvidedLifeSpanCacheEntryBuilder, Runtime, Source,
};
use evermemo_tests::{Numbered, Probe, Recording, Timed, on_every_runtime, polled, stored};
use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
    time::Duration,
};

on_every_runtime! {
    b1_an_unconfigured_cache_rejects_the_call,
    b2_configured_can_be_switched_while_running,
    b3_unconfiguring_spares_the_calls_that_have_started,
    b4_a_call_keeps_the_components_it_began_with,
    p1_a_hit_goes_by_the_components_of_its_moment,
    b102_a_storage_exchanged_during_a_load_gets_nothing_of_it,
    defaults_need_no_configuration,
}

async fn b1_an_unconfigured_cache_rejects_the_call<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let keys = Arc::new(AtomicUsize::new(0));
    let counted = keys.clone();
    let configuration = MutableCacheConfiguration::initialized_with(FixedCacheConfiguration::new(
        None,
        probe.clone(),
        move |_: MethodName, &n: &u32| {
            counted.fetch_add(1, SeqCst);
            n
        },
        ProvidedLifeSpanCacheEntryBuilder::default(),
        NoEvictionStrategy,
        NoPostprocessing,
    ));
    configuration.set_configured(false);
    let memo = Builder::on(rt).configuration(configuration).wrap(source.method());

    let error = memo.call(3).await.expect_err("it is not configured");

    assert!(error.is_not_configured());
    assert_eq!(error.to_string(), "the cache is not configured");
    assert!(error.source().is_none());
    assert_eq!((keys.load(SeqCst), probe.log(), source.count()), (0, vec![], 0));
    let stats = memo.stats();
    assert_eq!((stats.rejected, stats.loads, stats.calls()), (1, 0, 1));
}

async fn b2_configured_can_be_switched_while_running<R: Timed>(rt: R) {
    let (storage, source) = (memory(), Numbered::open());
    let configuration = stored_in(&storage);
    configuration.set_configured(false);
    let memo = Builder::on(rt).configuration(configuration.clone()).wrap(source.method());
    assert!(memo.call(3).await.expect_err("it is not configured").is_not_configured());

    configuration.set_configured(true);
    let loaded = memo.outcome(3).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (1, Source::Loaded));

    configuration.set_configured(false);
    assert_eq!(storage.len(), 1);
    assert!(memo.call(3).await.expect_err("it is not configured").is_not_configured());

    configuration.set_configured(true);
    let hit = memo.outcome(3).await.unwrap();
    assert_eq!((hit.value, hit.source, source.count()), (1, Source::Hit, 1));
}

async fn b3_unconfiguring_spares_the_calls_that_have_started<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let configuration = stored_in(&memory());
    let memo = Builder::on(rt).configuration(configuration.clone()).wrap(source.method());
    let (mut a, mut b) = (Box::pin(memo.outcome(3)), Box::pin(memo.outcome(3)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());

    configuration.set_configured(false);
    let Poll::Ready(Err(error)) = polled(&mut Box::pin(memo.call(3))).await else {
        panic!("a call that comes later is rejected at once");
    };
    assert!(error.is_not_configured());

    source.gates.open_all();
    let (a, b) = (a.await.unwrap(), b.await.unwrap());
    assert_eq!((a.value, a.source), (1, Source::Loaded));
    assert_eq!((b.value, b.source), (1, Source::Joined));
    assert_eq!(source.count(), 1);
}

async fn b4_a_call_keeps_the_components_it_began_with<R: Timed>(rt: R) {
    // Its clock agrees with its timers: a timeout that applied would fire.
    let plain = rt.plain();
    let ms = Duration::from_millis;
    let (u, e) = (Duration::from_secs(10), Duration::from_secs(20));
    let (storage, source) = (memory(), Numbered::shut());
    let configuration = stored_in(&storage);
    configuration.set_entry_builder(ProvidedLifeSpanCacheEntryBuilder::new(u, e));
    let memo =
        Builder::on(plain.clone()).configuration(configuration.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(3));
    assert!(polled(&mut a).await.is_pending());

    configuration
        .set_postprocessing(|value: u32| value + 1000)
        .set_entry_builder(ProvidedLifeSpanCacheEntryBuilder::new(ms(1), ms(2)))
        .set_method_timeout(ms(20));
    plain.sleep(ms(60)).await;
    source.gates.open_all();

    assert_eq!(a.await.unwrap(), 1);
    let entry = stored(&storage, &3).expect("it was stored");
    assert_eq!(entry.update_after.saturating_since(entry.created), u);
    assert_eq!(entry.expires_after.saturating_since(entry.created), e);
    let second = memo.outcome(3).await.unwrap();
    assert_eq!((second.value, second.source), (1001, Source::Hit));
}

async fn p1_a_hit_goes_by_the_components_of_its_moment<R: Timed>(rt: R) {
    let configuration =
        MutableCacheConfiguration::initialized_with(DefaultInMemoryCacheConfiguration::default());
    let source = Numbered::open();
    let memo = Builder::on(rt).configuration(configuration.clone()).wrap(source.method());
    let key = || (7_u32, String::from("en"));
    let hit = async || {
        let hit = memo.outcome(key()).await.unwrap();
        assert_eq!(hit.source, Source::Hit);
        assert_eq!(memo.call_ref((&7, "en")).await.unwrap(), hit.value);
        hit.value
    };
    assert_eq!(memo.call(key()).await.unwrap(), 1);
    assert_eq!(hit().await, 1);

    configuration.set_postprocessing(|value: u32| value + 1000);
    assert_eq!(hit().await, 1001);
    configuration.set_postprocessing(NoPostprocessing);
    assert_eq!(hit().await, 1);

    let strategy = Arc::new(Recording::new());
    configuration.set_eviction_strategy(strategy.clone());
    assert_eq!((strategy.written(), strategy.read()), (vec![key()], vec![]));
    hit().await;
    assert_eq!(strategy.read(), [key(), key()]);
    configuration.set_eviction_strategy(NoEvictionStrategy);
    hit().await;
    assert_eq!(strategy.read(), [key(), key()]);

    configuration
        .set_key_extractor(|_: MethodName, (n, text): &(u32, String)| (*n, text.repeat(2)));
    let other = memo.outcome(key()).await.unwrap();
    assert_eq!((other.value, other.source), (2, Source::Loaded));
    assert_eq!(hit().await, 2);
    configuration.set_key_extractor(ArgumentsKeyExtractor);
    assert_eq!(hit().await, 1);

    configuration.set_storage(LocalInMemoryCacheStorage::new(10).with_policy(Policy::Lru));
    assert_eq!(memo.call_ref((&7, "en")).await.unwrap(), 3);
    assert_eq!(hit().await, 3);
    assert_eq!((source.count(), memo.stats().calls()), (3, 19));
}

async fn b102_a_storage_exchanged_during_a_load_gets_nothing_of_it<R: Timed>(rt: R) {
    let (x, y, source) = (memory(), memory(), Numbered::shut());
    let configuration = stored_in(&x);
    let memo = Builder::on(rt).configuration(configuration.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(3));
    assert!(polled(&mut a).await.is_pending());

    configuration.set_storage(y.clone());
    // Flights belong to the cache, not to the storage.
    let mut b = Box::pin(memo.outcome(3));
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_all();

    assert_eq!(a.await.unwrap(), 1);
    let b = b.await.unwrap();
    assert_eq!((b.value, b.source), (1, Source::Joined));
    assert_eq!((source.count(), x.len(), y.len()), (1, 1, 0));

    let next = memo.outcome(3).await.unwrap();
    assert_eq!((next.value, next.source), (2, Source::Loaded));
    assert_eq!((source.count(), y.len()), (2, 1));
}

async fn defaults_need_no_configuration<R: Timed>(rt: R) {
    let memo = Builder::on(rt).wrap(Numbered::open().method::<u32>());
    assert_eq!(memo.outcome(3).await.unwrap().source, Source::Loaded);
    assert_eq!(memo.outcome(3).await.unwrap().source, Source::Hit);
}

#[test]
fn the_default_configuration_is_the_reference_s() {
    let configuration = DefaultInMemoryCacheConfiguration::<u32, u32>::default();
    assert_eq!(configuration.method_timeout, Some(Duration::from_secs(120)));

    let entry = configuration.entry_builder.build(&1, 1, Instant::ZERO);
    assert_eq!(entry.update_after, Instant::ZERO + Duration::from_secs(600));
    assert_eq!(entry.expires_after, Instant::ZERO + Duration::from_secs(1800));

    for key in 0..5_000 {
        let _offered = configuration.storage.offer(&key, &entry, Instant::ZERO);
    }
    assert_eq!(configuration.storage.len(), 4096);
    let left: Vec<u32> =
        (0..5_000).filter(|key| stored(&configuration.storage, key).is_none()).collect();
    assert_eq!(left, Vec::from_iter(0..904));
}

type Memory = Arc<LocalInMemoryCacheStorage<u32, u32>>;

fn memory() -> Memory {
    Arc::new(LocalInMemoryCacheStorage::new(10))
}

/// The defaults, but for the storage.
fn stored_in(storage: &Memory) -> MutableCacheConfiguration<u32, u32> {
    let defaults = DefaultInMemoryCacheConfiguration::default();
    let configuration = MutableCacheConfiguration::initialized_with(defaults);
    configuration.set_storage(storage.clone());
    configuration
}
