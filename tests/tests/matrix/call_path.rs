//! One call from its arguments to its answer, and how it is counted.

use evermemo::{
    Builder, DefaultInMemoryCacheConfiguration, Failure, MethodName, MutableCacheConfiguration,
    Source,
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Probe, Recording, Runs, Timed, all, caught, ended,
    on_every_runtime, polled, stored, until,
};
use send_wrapper::SendWrapper;
use std::{
    future::pending,
    hash::{Hash, Hasher},
    panic::panic_any,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

on_every_runtime! {
    b5_the_key_is_made_at_most_once_for_a_call,
    b5_the_key_is_made_once_where_a_closer_look_follows,
    b6_a_miss_reads_and_writes_the_storage_under_the_key,
    b7_the_strategy_hears_of_reads_and_writes,
    b9_joiners_leave_the_strategy_alone_and_are_postprocessed_each,
    b12_an_entry_lives_from_the_end_of_its_load,
    b44_a_forced_call_loads_again_under_the_same_key,
    b61_a_panicking_key_extractor_unwinds_in_its_caller,
    b101_forcing_an_outer_memo_leaves_the_inner_cached,
    p1_a_hit_makes_no_task,
    p8_every_call_is_counted_once,
    p8_failures_are_counted_beside_the_calls,
    p8_a_call_dropped_before_it_is_decided_counts_nowhere,
    p8_without_a_runtime_a_stale_hit_is_answered_and_a_load_rejected,
    p2_7_a_load_that_never_began_leaves_nobody_waiting,
}

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

async fn b5_the_key_is_made_at_most_once_for_a_call<R: Timed>(rt: R) {
    type Made = Arc<Mutex<Vec<(&'static str, &'static str, u32)>>>;
    let (made, source) = (Made::default(), Numbered::open());
    let log = made.clone();
    let memo = Builder::on(rt.clone())
        .name("app::user")
        .key_extractor(move |method: MethodName, &n: &u32| {
            let key = (method.module(), method.name(), n);
            log.lock().unwrap().push(key);
            key
        })
        .wrap(source.method());

    memo.call(3).await.unwrap();
    assert_eq!(*made.lock().unwrap(), [("app", "user", 3)]);
    memo.call(3).await.unwrap();
    assert_eq!(made.lock().unwrap().len(), 2);

    source.gates.shut_at(2);
    let (mut leader, mut joiner) = (Box::pin(memo.call(4)), Box::pin(memo.call(4)));
    assert!(polled(&mut leader).await.is_pending());
    assert!(polled(&mut joiner).await.is_pending());
    source.gates.open_all();
    assert_eq!((leader.await.unwrap(), joiner.await.unwrap()), (2, 2));
    assert_eq!(made.lock().unwrap()[2..], [("app", "user", 4), ("app", "user", 4)]);

    let key = Cloned { key: 5, clones: Arc::default() };
    let memo = Builder::on(rt).wrap(source.method::<Cloned>());
    memo.call(key.clone()).await.unwrap();
    let before = key.clones.load(SeqCst);
    memo.call_ref(&key).await.unwrap();
    assert_eq!(memo.stats().hits, 1);
    assert_eq!(key.clones.load(SeqCst), before, "a hit by reference makes no key");
}

/// Of what is no longer fresh, a second look finds out how old it is.
async fn b5_the_key_is_made_once_where_a_closer_look_follows<R: Timed>(rt: R) {
    let (made, source) = (Runs::default(), Numbered::open());
    let counted = made.clone();
    let memo = Builder::on(rt.clone())
        .update_after(SECOND)
        .expire_after(2 * SECOND)
        .key_extractor(move |_: MethodName, &n: &u32| {
            counted.begin();
            n
        })
        .wrap(source.method());
    let mut calls = 0;
    let mut source_of = async || {
        calls += 1;
        let source = memo.outcome(3).await.unwrap().source;
        assert_eq!(made.count(), calls, "{source:?}");
        source
    };

    assert_eq!(source_of().await, Source::Loaded);
    assert_eq!(source_of().await, Source::Hit);
    rt.advance(SECOND);
    assert_eq!(source_of().await, Source::Stale);
    until(&rt, || memo.in_flight() == 0).await;
    rt.advance(2 * SECOND);
    assert_eq!(source_of().await, Source::Loaded);
}

async fn b6_a_miss_reads_and_writes_the_storage_under_the_key<R: Timed>(rt: R) {
    let (probe, source) = (Probe::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .key_extractor(|_: MethodName, _: &u32| "key")
        .wrap(source.method());

    assert_eq!(memo.call(1).await.unwrap(), 1);
    until(&rt, || probe.count(Operation::Offer, Moment::Ended) == 1).await;

    let read = [
        (Operation::Get, Some("key"), Moment::Began),
        (Operation::Get, Some("key"), Moment::Ended),
    ];
    let written = [
        (Operation::Offer, Some("key"), Moment::Began),
        (Operation::Offer, Some("key"), Moment::Ended),
    ];
    let (once, twice) = ([read, written].concat(), [read, read, written].concat());
    let log = probe.log();
    assert!(log == once || log == twice, "{log:?}");
    assert_eq!(stored(probe.within(), &"key").unwrap().value, 1);
}

async fn b7_the_strategy_hears_of_reads_and_writes<R: Timed>(rt: R) {
    let (strategy, source) = (Arc::new(Recording::new()), Numbered::open());
    let memo = Builder::on(rt.clone())
        .update_after(60 * SECOND)
        .expire_after(120 * SECOND)
        .eviction_strategy(strategy.clone())
        .wrap(source.method::<u32>());
    let now_stored = || memo.cache().entry(&1).unwrap();

    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    assert_eq!((strategy.written(), strategy.read()), (vec![1], vec![]));
    let first = now_stored();

    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
    assert_eq!((strategy.written(), strategy.read()), (vec![1], vec![1]));

    rt.advance(120 * SECOND);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Loaded);
    // It hears of the read of what has expired, too.
    assert_eq!((strategy.written(), strategy.read()), (vec![1, 1], vec![1, 1]));
    assert_eq!(strategy.entries(), [first, now_stored()]);
}

async fn b9_joiners_leave_the_strategy_alone_and_are_postprocessed_each<R: Timed>(rt: R) {
    let (strategy, source) = (Arc::new(Recording::new()), Numbered::shut());
    let postprocessed = Runs::default();
    let counted = postprocessed.clone();
    let memo = Builder::on(rt)
        .eviction_strategy(strategy.clone())
        .postprocessing(move |value: u32| {
            counted.begin();
            value
        })
        .wrap(source.method::<u32>());
    let mut callers = Vec::from_iter((0..3).map(|_| Box::pin(memo.call(1))));
    for caller in &mut callers {
        assert!(polled(caller).await.is_pending());
    }

    source.gates.open_all();
    for value in all(callers).await {
        assert_eq!(value.unwrap(), 1);
    }

    assert_eq!((strategy.read(), strategy.written()), (vec![], vec![1]));
    assert_eq!((postprocessed.count(), source.count()), (3, 1));
}

async fn b12_an_entry_lives_from_the_end_of_its_load<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(20 * SECOND)
        .wrap(source.method::<u32>());
    let mut a = Box::pin(memo.outcome(1));
    assert!(polled(&mut a).await.is_pending());

    rt.advance(50 * MS);
    let ended = rt.now();
    source.gates.open_all();
    let a = a.await.unwrap();

    assert_eq!((a.value, a.source, a.age), (1, Source::Loaded, Duration::ZERO));
    let entry = memo.cache().entry(&1).unwrap();
    assert_eq!(entry.created, ended);
    assert_eq!(entry.update_after, ended + 10 * SECOND);
    assert_eq!(entry.expires_after, ended + 20 * SECOND);
}

async fn b44_a_forced_call_loads_again_under_the_same_key<R: Timed>(rt: R) {
    let (keys, source) = (Arc::new(Mutex::new(Vec::new())), Numbered::open());
    let log = keys.clone();
    let memo = Builder::on(rt)
        .key_extractor(move |_: MethodName, &n: &u32| {
            log.lock().unwrap().push(n);
            n
        })
        .wrap(source.method());

    assert_eq!(memo.call(7).await.unwrap(), 1);
    assert_eq!(memo.call(7).await.unwrap(), 1);
    assert_eq!(memo.force_refresh(7).await.unwrap(), 2);
    let after = memo.outcome(7).await.unwrap();

    assert_eq!((after.value, after.source), (2, Source::Hit));
    assert_eq!(memo.len(), 1);
    assert_eq!(*keys.lock().unwrap(), [7; 4]);
}

async fn b61_a_panicking_key_extractor_unwinds_in_its_caller<R: Timed>(rt: R) {
    let (panics, source) = (Arc::new(AtomicBool::new(true)), Numbered::open());
    let told = panics.clone();
    let memo = Builder::on(rt)
        .key_extractor(move |_: MethodName, &n: &u32| {
            assert!(!told.load(SeqCst), "no key");
            n
        })
        .wrap(source.method());

    let panic = caught(memo.call(1)).await.expect_err("the extractor panics");
    assert_eq!(panic.downcast_ref(), Some(&"no key"));
    assert_eq!(source.count(), 0);

    panics.store(false, SeqCst);
    let loaded = memo.outcome(1).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (1, Source::Loaded));
}

async fn b101_forcing_an_outer_memo_leaves_the_inner_cached<R: Timed>(rt: R) {
    let (source, outer_runs) = (Numbered::open(), Runs::default());
    let inner = Builder::on(rt.clone()).wrap(source.method::<u32>());
    let (called, counted) = (SendWrapper::new(inner.clone()), outer_runs.clone());
    let outer = Builder::on(rt).wrap(move |n: u32| {
        counted.begin();
        let inner = called.clone();
        SendWrapper::new(async move { inner.call(n).await.unwrap() })
    });

    assert_eq!(outer.call(1).await.unwrap(), 1);
    assert_eq!(outer.force_refresh(1).await.unwrap(), 1);

    assert_eq!((outer_runs.count(), source.count()), (2, 1));
    assert_eq!(inner.stats().hits, 1);
}

async fn p1_a_hit_makes_no_task<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    memo.call(1).await.unwrap();
    let before = rt.spawned();

    for _ in 0..1_000 {
        assert_eq!(memo.call(1).await.unwrap(), 1);
    }

    assert_eq!(rt.spawned(), before);
    assert_eq!((source.count(), memo.stats().hits), (1, 1_000));
}

async fn p8_every_call_is_counted_once<R: Timed>(rt: R) {
    let source = Numbered::open();
    source.gates.shut_at(1);
    let number = source.method();
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(20 * SECOND)
        .try_wrap(move |key: u32| {
            let number = number(key);
            async move { if key == 2 { Err("no 2") } else { Ok(number.await) } }
        });

    let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    assert!(polled(&mut a).await.is_pending());
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_all();
    assert_eq!((a.await.unwrap(), b.await.unwrap()), (1, 1));
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Hit);
    rt.advance(10 * SECOND);
    assert_eq!(memo.outcome(1).await.unwrap().source, Source::Stale);
    until(&rt, || memo.cache().in_flight() == 0).await;
    assert_eq!(memo.call(2).await.unwrap_err().cause(), Some(&"no 2"));

    let stats = memo.stats();
    let calls = (stats.hits, stats.stale, stats.loads, stats.joins, stats.rejected);
    assert_eq!(calls, (1, 1, 2, 1, 0));
    assert_eq!((stats.calls(), stats.refreshes, stats.load_failures), (5, 1, 1));

    let defaults = DefaultInMemoryCacheConfiguration::default();
    let unconfigured = MutableCacheConfiguration::initialized_with(defaults);
    unconfigured.set_configured(false);
    let memo = Builder::on(rt).configuration(unconfigured).wrap(source.method::<u32>());
    assert!(memo.call(1).await.unwrap_err().is_not_configured());
    let stats = memo.stats();
    let calls = (stats.hits, stats.stale, stats.loads, stats.joins, stats.rejected);
    assert_eq!((calls, stats.calls()), ((0, 0, 0, 0, 1), 1));
}

async fn p8_failures_are_counted_beside_the_calls<R: Timed>(rt: R) {
    let plain = rt.plain();
    let firsts = Mutex::new(Vec::new());
    let memo = Builder::on(plain.clone())
        .update_after(Duration::ZERO)
        .expire_after(Duration::MAX)
        .method_timeout(20 * MS)
        .try_wrap(move |key: &'static str| {
            let mut firsts = firsts.lock().unwrap();
            let first = !firsts.contains(&key);
            firsts.push(key);
            async move {
                match key {
                    "fails" => Err("down"),
                    "hangs" => pending().await,
                    "panics" => panic_any("boom"),
                    "fails later" if !first => Err("down"),
                    "hangs later" if !first => pending().await,
                    _ => Ok(1),
                }
            }
        });
    let counted = || {
        let stats = memo.stats();
        (stats.loads, stats.load_failures, stats.timeouts, stats.panics, stats.refresh_failures)
    };

    assert_eq!(memo.call("fails").await.unwrap_err().cause(), Some(&"down"));
    assert_eq!(counted(), (1, 1, 0, 0, 0));
    assert!(memo.call("hangs").await.unwrap_err().is_timeout());
    assert_eq!(counted(), (2, 1, 1, 0, 0));
    let panicked = caught(memo.call("panics")).await.expect("it is the load that panics");
    assert!(panicked.unwrap_err().is_panic());
    assert_eq!(counted(), (3, 1, 1, 1, 0));

    assert_eq!(memo.call("fails later").await.unwrap(), 1);
    assert_eq!(memo.outcome("fails later").await.unwrap().source, Source::Stale);
    until(&rt, || counted() == (4, 1, 1, 1, 1)).await;
    assert_eq!(memo.call("hangs later").await.unwrap(), 1);
    assert_eq!(memo.outcome("hangs later").await.unwrap().source, Source::Stale);
    until(&rt, || counted() == (5, 1, 2, 1, 2)).await;
    assert_eq!(memo.stats().refreshes, 2);

    let probe = Probe::new();
    probe.set(Operation::Get, Mode::Fail("no storage"));
    let memo = Builder::on(plain).storage(probe).wrap(Numbered::open().method::<u32>());
    assert_eq!(memo.call(1).await.unwrap(), 1);
    let stats = memo.stats();
    assert!(stats.storage_errors >= 1);
    assert_eq!((stats.loads, stats.calls()), (1, 1));
}

async fn p8_a_call_dropped_before_it_is_decided_counts_nowhere<R: Timed>(rt: R) {
    let (probe, gate, source) = (Probe::new(), Gate::shut(), Numbered::open());
    probe.set(Operation::Get, Mode::Wait(gate.clone()));
    let memo = Builder::on(rt).storage(probe).wrap(source.method::<u32>());

    let mut undecided = Box::pin(memo.call(1));
    assert!(polled(&mut undecided).await.is_pending());
    drop(undecided);
    assert_eq!((memo.stats().calls(), source.count()), (0, 0));

    gate.open();
    assert_eq!(memo.call(1).await.unwrap(), 1);
    assert_eq!((memo.stats().calls(), memo.stats().loads), (1, 1));
}

async fn p8_without_a_runtime_a_stale_hit_is_answered_and_a_load_rejected<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt.clone())
        .update_after(10 * SECOND)
        .expire_after(20 * SECOND)
        .wrap(source.method::<u32>());
    assert_eq!(memo.call(1).await.unwrap(), 1);

    rt.set_bound(false);
    rt.advance(10 * SECOND);
    let stale = memo.outcome(1).await.unwrap();
    assert_eq!((stale.value, stale.source), (1, Source::Stale));
    assert_eq!((memo.stats().stale, memo.stats().refreshes), (1, 0));

    rt.advance(10 * SECOND);
    let error = memo.call(1).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::NoRuntime), "{error:?}");
    assert_eq!((memo.stats().rejected, source.count()), (1, 1));

    rt.set_bound(true);
    let loaded = memo.outcome(1).await.unwrap();
    assert_eq!((loaded.value, loaded.source), (2, Source::Loaded));
}

async fn p2_7_a_load_that_never_began_leaves_nobody_waiting<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).wrap(Numbered::open().method::<u32>());

    // From outside a load is a task from the start, and the runtime drops it before its first poll.
    rt.set_entered(false);
    rt.set_running(false);
    let error = ended(&rt, memo.call(1)).await.unwrap_err();
    assert!(matches!(error.failure(), Failure::Abandoned), "{error:?}");
    assert_eq!(memo.cache().in_flight(), 0);

    rt.set_running(true);
    assert_eq!(ended(&rt, memo.call(1)).await.unwrap(), 1);
}

/// A key that counts its clones.
#[derive(Debug)]
struct Cloned {
    key: u32,
    clones: Arc<AtomicUsize>,
}

impl Clone for Cloned {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, SeqCst);
        Self { key: self.key, clones: self.clones.clone() }
    }
}

impl PartialEq for Cloned {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Cloned {}

impl Hash for Cloned {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
