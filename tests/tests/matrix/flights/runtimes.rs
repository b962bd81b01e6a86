//! What a load asks of its runtime, and what happens when that lets it down.

use super::{looking_again, memory, soon};

use evermemo::{Abandon, Builder, Failure, Smol, Source, Tokio};
use evermemo_tests::{
    ByHand, Drops, Numbered, Probe, Runs, Timed, on_every_runtime, polled, stored, until, yielded,
};
use std::{sync::LazyLock, time::Duration};

on_every_runtime! {
    p2_5_a_solo_miss_makes_no_task,
    p2_5_a_load_from_outside_is_spawned_at_once,
    p2_7_a_runtime_that_drops_tasks_leaves_nobody_waiting,
    p2_7_a_load_that_is_dropped_before_it_starts_leaves_nobody_waiting,
    p2_7_a_refresh_that_is_dropped_before_it_starts_frees_its_key,
    p2_7_a_load_that_is_dropped_for_its_leader_to_start_leaves_nobody_waiting,
    p2_3_a_leader_that_looks_again_and_is_not_polled_holds_nobody_up,
}

async fn p2_5_a_solo_miss_makes_no_task<R: Timed>(rt: R) {
    let memo = Builder::on(rt.clone()).wrap(|n: u32| async move {
        yielded().await;
        n
    });
    for n in 0..100 {
        assert_eq!(memo.call(n).await.unwrap(), n);
    }
    assert_eq!((rt.spawned(), memo.stats().loads), (0, 100));

    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    let mut calls: Vec<_> = (0..5).map(|_| Box::pin(memo.call(7))).collect();
    for call in &mut calls {
        assert!(polled(call).await.is_pending());
    }
    source.gates.open_all();
    for call in calls {
        assert_eq!(call.await.unwrap(), 1);
    }
    assert!(rt.spawned() <= 1);
}

async fn p2_5_a_load_from_outside_is_spawned_at_once<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    rt.set_entered(false);
    let mut call = Box::pin(memo.outcome(7));

    assert!(polled(&mut call).await.is_pending());

    assert_eq!(rt.spawned(), 1);
    source.gates.open_at(1);
    let outcome = call.await.unwrap();
    assert_eq!((outcome.value, outcome.source), (1, Source::Loaded));
    assert_eq!((rt.spawned(), memo.cache().in_flight()), (1, 0));
}

async fn p2_7_a_runtime_that_drops_tasks_leaves_nobody_waiting<R: Timed>(rt: R) {
    let source = Numbered::shut();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    rt.set_running(false);
    let (mut a, mut b) = (Box::pin(memo.call(7)), Box::pin(memo.call(7)));
    assert!(polled(&mut a).await.is_pending());
    // It makes a task of the load, which is dropped.
    assert!(polled(&mut b).await.is_pending());
    source.gates.open_all();

    for call in [a, b] {
        match soon(&rt, call).await {
            Ok(value) => assert_eq!(value, 2),
            Err(error) => assert!(matches!(error.failure(), Failure::Abandoned)),
        }
    }

    rt.set_running(true);
    assert!(memo.call(7).await.is_ok());
    assert_eq!(memo.cache().in_flight(), 0);
}

async fn p2_7_a_load_that_is_dropped_before_it_starts_leaves_nobody_waiting<R: Timed>(rt: R) {
    let source = Numbered::open();
    let memo = Builder::on(rt.clone()).wrap(source.method());
    rt.set_entered(false);
    rt.set_running(false);

    let error = soon(&rt, Box::pin(memo.call(7))).await.expect_err("nothing runs");

    assert!(matches!(error.failure(), Failure::Abandoned));
    assert_eq!((source.count(), memo.cache().in_flight()), (0, 0));
    rt.set_running(true);
    assert_eq!(soon(&rt, Box::pin(memo.call(7))).await.unwrap(), 1);
}

async fn p2_7_a_refresh_that_is_dropped_before_it_starts_frees_its_key<R: Timed>(rt: R) {
    let source = Numbered::open();
    let (u, e) = (Duration::from_millis(20), Duration::from_millis(60));
    let builder = Builder::on(rt.clone()).update_after(u).expire_after(e);
    let memo = builder.wrap(source.method());
    assert_eq!(memo.call(7).await.unwrap(), 1);
    rt.advance(u);
    rt.set_running(false);

    let stale = memo.outcome(7).await.unwrap();

    assert_eq!((stale.value, stale.source), (1, Source::Stale));
    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
    rt.set_running(true);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    until(&rt, || source.count() == 2 && memo.cache().in_flight() == 0).await;

    rt.advance(u);
    rt.set_running(false);
    assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    rt.advance(e);
    let next = soon(&rt, Box::pin(memo.outcome(7))).await.unwrap();
    assert_eq!((next.value, next.source), (3, Source::Loaded));
}

/// A storage that waits keeps the leader from its load, a joiner asks for a task meanwhile, and the
/// runtime drops that task.
async fn p2_7_a_load_that_is_dropped_for_its_leader_to_start_leaves_nobody_waiting<R: Timed>(
    rt: R,
) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    let mut a = Box::pin(memo.call(7));
    let at_rest = || memo.cache().in_flight() == 0;
    let gate = looking_again(&rt, &probe, &mut a, memo.call(99), at_rest).await;
    let mut b = Box::pin(memo.call(7));
    assert!(polled(&mut b).await.is_pending());
    assert_eq!(memo.cache().in_flight(), 1);

    rt.set_running(false);
    gate.open();

    if let Err(error) = soon(&rt, a).await {
        assert!(matches!(error.failure(), Failure::Abandoned));
    }
    assert!(soon(&rt, b).await.is_ok());
    rt.set_running(true);
    assert!(soon(&rt, Box::pin(memo.call(7))).await.is_ok());
    until(&rt, || memo.cache().in_flight() == 0).await;
}

async fn p2_3_a_leader_that_looks_again_and_is_not_polled_holds_nobody_up<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone()).storage(probe.clone()).wrap(source.method());
    let mut a = Box::pin(memo.outcome(7));
    let at_rest = || memo.cache().in_flight() == 0;
    let gate = looking_again(&rt, &probe, &mut a, memo.call(99), at_rest).await;
    let mut b = Box::pin(memo.call(7));
    assert!(polled(&mut b).await.is_pending());

    gate.open();

    assert_eq!(soon(&rt, b).await.unwrap(), 2);
    assert_eq!(a.await.unwrap().value, 2);
    assert_eq!(source.count(), 2);
    until(&rt, || memo.cache().in_flight() == 0).await;
}

fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_time().build().expect("a runtime")
}

#[test]
fn p2_5_a_load_started_on_tokio_ends_there() {
    let (tokio, storage, runs) = (tokio(), memory(), Runs::default());
    let counted = runs.clone();
    let memo = evermemo::builder().storage(storage.clone()).wrap(move |_: u32| {
        let run = counted.begin();
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            run
        }
    });

    let mut leader = Box::pin(memo.call(1));
    tokio.block_on(async { assert!(polled(&mut leader).await.is_pending()) });
    let joined = smol::block_on(memo.outcome(1)).unwrap();
    assert_eq!((joined.value, joined.source, runs.count()), (1, Source::Joined, 1));
    assert_eq!(smol::block_on(leader).unwrap(), 1);

    let mut leader = Box::pin(memo.call(2));
    tokio.block_on(async { assert!(polled(&mut leader).await.is_pending()) });
    drop(leader);
    let smol = ByHand::new(Smol);
    smol::block_on(until(&smol, || stored(&storage, &2).is_some()));
    smol::block_on(until(&smol, || memo.cache().in_flight() == 0));
    assert_eq!(runs.count(), 2);
}

#[test]
fn p2_5_a_load_that_tokio_drives_is_aborted_from_outside() {
    let (tokio, drops, source) = (tokio(), Drops::default(), Numbered::shut());
    let memo = evermemo::builder().on_abandon(Abandon::Abort).wrap(drops.watch::<u32>(&source));
    let (mut a, mut b) = (Box::pin(memo.call(1)), Box::pin(memo.call(1)));
    tokio.block_on(async { assert!(polled(&mut a).await.is_pending()) });
    smol::block_on(async { assert!(polled(&mut b).await.is_pending()) });

    drop(a);
    assert_eq!((drops.count(), memo.cache().in_flight()), (0, 1));
    drop(b);

    assert_eq!(memo.cache().in_flight(), 0);
    smol::block_on(until(&ByHand::new(Smol), || drops.count() == 1));
    assert_eq!(source.count(), 1);
}

#[test]
fn p2_5_a_handle_serves_from_outside() {
    let tokio = tokio();
    let method = |milliseconds: u64| async move {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        milliseconds
    };
    let builder = Builder::on(Tokio::with_handle(tokio.handle().clone()));

    let memo = builder.clone().method_timeout(Duration::from_secs(10)).wrap(method);
    assert_eq!(smol::block_on(memo.call(5)).unwrap(), 5);

    let memo = builder.method_timeout(Duration::from_millis(20)).wrap(method);
    assert!(smol::block_on(memo.call(60_000)).expect_err("it is too slow").is_timeout());
    assert_eq!(memo.cache().in_flight(), 0);
}

#[test]
fn p2_7_a_static_memo_survives_one_runtime_after_another() {
    static SOURCE: LazyLock<Numbered> = LazyLock::new(Numbered::open);
    static MEMO: LazyLock<evermemo::Memo<u32, u32>> =
        LazyLock::new(|| evermemo::wrap(SOURCE.method::<u32>()));
    let current_thread = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().expect("a runtime")
    };
    let mut key = 0;

    for make in [tokio as fn() -> _, current_thread] {
        let (stored, hung) = (key + 1, key + 2);
        key += 2;
        let first = make();
        let run = SOURCE.count() + 2;
        SOURCE.gates.shut_at(run);
        let mut kept = Box::pin(MEMO.outcome(hung));
        first.block_on(async {
            assert_eq!(MEMO.outcome(stored).await.unwrap().source, Source::Loaded);
            let _leader = tokio::spawn(MEMO.call(hung));
            until(&ByHand::new(Tokio::default()), || SOURCE.count() == run).await;
            assert!(polled(&mut kept).await.is_pending());
        });
        drop(first);

        let second = make();
        second.block_on(async {
            let rt = ByHand::new(Tokio::default());
            assert_eq!(MEMO.outcome(stored).await.unwrap().source, Source::Hit);
            // The joiner whose leader died takes over.
            let taken_over = soon(&rt, kept).await.unwrap();
            assert_eq!((taken_over.value, taken_over.source), (run + 1, Source::Joined));
            assert_eq!(soon(&rt, Box::pin(MEMO.outcome(hung))).await.unwrap().source, Source::Hit);
        });
        assert_eq!(MEMO.cache().in_flight(), 0);
    }
}

/// A refresh that was given to a runtime which ends before it has started it.
#[test]
fn p2_7_a_refresh_dies_with_its_runtime_and_not_its_key() {
    let source = Numbered::open();
    let memo = evermemo::builder().update_after(Duration::ZERO).wrap(source.method::<u32>());
    let current_thread = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().expect("a runtime")
    };
    let first = current_thread();
    first.block_on(async {
        assert_eq!(memo.call(7).await.unwrap(), 1);
        // The only thread ends this block before it comes to the task.
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
    });
    drop(first);

    assert_eq!((source.count(), memo.cache().in_flight()), (1, 0));
    current_thread().block_on(async {
        assert_eq!(memo.outcome(7).await.unwrap().source, Source::Stale);
        until(&ByHand::new(Tokio::default()), || source.count() == 2).await;
    });
}
