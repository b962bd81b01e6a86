//! Forced calls that come while a load of their key runs.

use super::{HOUR, MS, Numbers, SECOND, backend::Backend, registry::Own, undriven::idle};

use evermemo::{
    Builder, Runtime, Source,
    testing::{self, Virtual},
};
use evermemo_tests::{
    Gate, Mode, Moment, Numbered, Operation, Parking, Probe, Timed, on_every_runtime, polled,
    until, yielded,
};
use std::{
    future::ready,
    hash::{Hash, Hasher},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

on_every_runtime! { p3_7_a_load_that_looks_first_has_its_own_time }

async fn p3_7_a_load_that_looks_first_has_its_own_time<R: Timed>(rt: R) {
    let (probe, source) = (Probe::<u32, u32>::new(), Numbered::open());
    let memo = Builder::on(rt.clone())
        .storage(probe.clone())
        .storage_timeout(10 * SECOND)
        .method_timeout(10 * SECOND)
        .wrap(source.method::<u32>());
    // Another load ends during the first look, so there is a second one, which takes a while.
    let (first, second) = (Gate::shut(), Gate::shut());
    probe.next(Operation::Get, Mode::Wait(first.clone()));
    let mut call = Box::pin(memo.outcome(1));
    assert!(polled(&mut call).await.is_pending());
    memo.call(2).await.unwrap();
    until(&rt, || memo.cache().in_flight() == 0).await;
    let looks = probe.count(Operation::Get, Moment::Began);
    probe.next(Operation::Get, Mode::Wait(second.clone()));
    first.open();
    while probe.count(Operation::Get, Moment::Began) == looks {
        assert!(polled(&mut call).await.is_pending());
        yielded().await;
    }
    rt.advance(8 * SECOND);
    source.gates.shut_at(2);
    second.open();
    while source.count() == 1 {
        assert!(polled(&mut call).await.is_pending());
        yielded().await;
    }
    rt.advance(8 * SECOND);

    let mut joiner = Box::pin(memo.outcome(1));
    while memo.stats().joins == 0 {
        assert!(polled(&mut joiner).await.is_pending());
        yielded().await;
    }

    source.gates.open_all();
    assert_eq!((call.await.unwrap().value, joiner.await.unwrap().source), (2, Source::Joined));
    assert_eq!((source.count(), memo.stats().timeouts), (2, 0));
}

#[test]
fn p2_8_a_forced_call_behind_one_that_nobody_drives_is_told_in_time() {
    let (tokio, backend) = (idle(), Numbered::shut());
    let memo = evermemo::builder().method_timeout(50 * MS).wrap(backend.method::<u32>());
    let mut first = Box::pin(memo.force_refresh(1));
    tokio.block_on(async { assert!(polled(&mut first).await.is_pending()) });

    let error = smol::block_on(memo.force_refresh(1)).expect_err("its load does not end");

    assert!(error.is_timeout());
    backend.gates.open_all();
    assert!(smol::block_on(memo.force_refresh(1)).is_ok());
    assert!(tokio.block_on(first).is_err());
    assert_eq!(memo.cache().in_flight(), 0);
}

/// All are one key, and each flight has one.
#[derive(Clone)]
struct Alike {
    _counted: Arc<()>,
}

impl PartialEq for Alike {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Alike {}

impl Hash for Alike {
    fn hash<H: Hasher>(&self, state: &mut H) {
        0.hash(state);
    }
}

/// On a small stack: a line of flights must not be walked, or dropped, by recursion.
#[test]
fn p5_3_a_forced_call_that_is_not_polled_keeps_nothing_of_those_after_it() {
    let small = thread::Builder::new().stack_size(512 * 1024);
    let running = small.spawn(|| {
        testing::run(async |time| {
            let alive = Arc::new(());
            let clock = time.clone();
            let memo = Builder::on(time.clone()).wrap(move |_: Alike| clock.sleep(2 * MS));
            let forced = || Box::pin(memo.force_refresh(Alike { _counted: alive.clone() }));
            let mut first = forced();
            assert!(polled(&mut first).await.is_pending());
            let mut before = None;
            for _ in 0..20_000 {
                // Queued while the one before runs; then that ends, and this one begins.
                time.advance(MS).await;
                let mut forced = forced();
                assert!(polled(&mut forced).await.is_pending());
                time.advance(MS).await;
                assert!(polled(&mut forced).await.is_pending());
                before = Some(forced);
            }
            drop(before);
            time.advance(HOUR).await;
            assert_eq!(memo.cache().in_flight(), 0);
            assert!(memo.stats().loads > 10_000);
            let alive = Arc::strong_count(&alive);
            assert!(alive < 10, "{alive}");
            drop(first);
        });
    });
    running.expect("a thread").join().expect("it does not panic");
}

/// The load that it waits for is ready at its first poll, in which the forced call comes and goes.
#[test]
fn p2_8_a_forced_call_that_has_left_leaves_no_task_behind() {
    let kept = Arc::new(());
    let ((started, has_started), (go_on, goes_on)) = (mpsc::channel(), mpsc::channel::<()>());
    let (held, goes_on) = (kept.clone(), Mutex::new(Some(goes_on)));
    let memo = Builder::on(evermemo::Smol).wrap(move |n: u32| {
        let _held = &held;
        if let Some(goes_on) = goes_on.lock().unwrap().take() {
            started.send(()).expect("somebody waits");
            goes_on.recv().expect("somebody goes on");
        }
        ready(n)
    });
    thread::scope(|scope| {
        let first = scope.spawn(|| smol::block_on(memo.force_refresh(1)));
        has_started.recv().expect("it starts");
        smol::block_on(async {
            let mut second = Box::pin(memo.force_refresh(1));
            assert!(polled(&mut second).await.is_pending());
        });
        go_on.send(()).expect("it waits");
        assert_eq!(first.join().expect("it does not panic").unwrap(), 1);
    });
    drop(memo);
    // The task that has nothing to wait for ends when its runtime comes to it.
    for _ in 0..5_000 {
        if Arc::strong_count(&kept) == 1 {
            break;
        }
        thread::sleep(MS);
    }
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn p2_8_forced_calls_one_after_another_do_not_add_their_times_up() {
    testing::run(async |time| {
        let (runtime, clock) = (Parking::new(&time), time.clone());
        runtime.set_parked(false);
        let base = Builder::on(runtime.clone()).method_timeout(SECOND);
        let memo = base.expire_after(Duration::ZERO).wrap(move |n: u32| {
            let clock = clock.clone();
            async move {
                clock.sleep(10 * MS).await;
                n
            }
        });
        // Each is queued while the one before it runs, which ends soon.
        let mut line: Vec<_> = vec![Box::pin(memo.force_refresh(7))];
        assert!(polled(&mut line[0]).await.is_pending());
        for _ in 0..5 {
            time.advance(MS).await;
            let mut next = Box::pin(memo.force_refresh(7));
            assert!(polled(&mut next).await.is_pending());
            line.push(next);
            assert_eq!(line.remove(0).await.unwrap(), 7);
            // It begins.
            assert!(polled(&mut line[0]).await.is_pending());
        }
        runtime.set_parked(true);
        let before = time.elapsed();

        let joined = memo.call(7).await;

        assert!(joined.is_err_and(|error| error.is_timeout()));
        assert!(time.elapsed() - before <= 2 * SECOND, "its own time, and that of one before it");
        drop(line);
    });
}

/// Forces twice, lets both loads stand beyond their time, and calls; then the second forced one goes on.
async fn overdue(time: &Virtual, memo: &Numbers<Parking>, backend: &Backend) {
    let mut first = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut first).await.is_pending());
    let mut queued = Box::pin(memo.force_refresh(1));
    assert!(polled(&mut queued).await.is_pending());
    time.advance(5 * SECOND).await;
    let mut fresh = Box::pin(memo.outcome(1));
    assert!(polled(&mut fresh).await.is_pending());
    assert_eq!(backend.count(), 2);

    let went_on = polled(&mut queued).await;
    let mut joiner = Box::pin(memo.outcome(1));
    assert!(polled(&mut joiner).await.is_pending());

    backend.source.gates.open_all();
    drop((first, queued, went_on));
    let (led, joined) = (fresh.await.unwrap(), joiner.await.unwrap());
    assert_eq!((led.value, led.source), (2, Source::Loaded));
    assert_eq!((joined.value, joined.source), (2, Source::Joined));
}

#[test]
fn p3_4_a_queued_forced_load_that_is_overdue_takes_the_key_from_nobody() {
    testing::run(async |time| {
        let backend = Backend::up();
        (1..=3).for_each(|run| backend.source.gates.shut_at(run));
        let builder = Builder::on(Parking::new(&time)).method_timeout(SECOND);
        overdue(&time, &builder.try_wrap(backend.method()), &backend).await;
    });
}

#[test]
fn p3_4_a_queued_forced_load_that_is_overdue_takes_the_key_from_nobody_under_a_registry() {
    testing::run(async |time| {
        let backend = Backend::up();
        (1..=3).for_each(|run| backend.source.gates.shut_at(run));
        let (builder, registry) = (Builder::on(Parking::new(&time)), Arc::new(Own::default()));
        let memo = builder.method_timeout(SECOND).try_wrap_with(registry, backend.method());
        overdue(&time, &memo, &backend).await;
    });
}

/// What stands in the line of a key behind an entry that is still being stored.
#[test]
fn p3_4_a_forced_call_waits_for_no_load_in_line_that_is_overdue() {
    testing::run(async |time| {
        let (probe, backend) = (Probe::<u32, u32>::new(), Numbered::open());
        let memo = Builder::on(Parking::new(&time))
            .storage(probe.clone())
            .storage_timeout(SECOND)
            .method_timeout(SECOND)
            .wrap(backend.method::<u32>());
        let stored = Gate::shut();
        probe.next(Operation::Offer, Mode::Wait(stored.clone()));
        assert_eq!(memo.call(1).await.unwrap(), 1);
        backend.gates.shut_at(2);
        let (mut runs, mut waits) =
            (Box::pin(memo.force_refresh(1)), Box::pin(memo.force_refresh(1)));
        assert!(polled(&mut runs).await.is_pending());
        assert!(polled(&mut waits).await.is_pending());
        assert_eq!(backend.count(), 2);

        time.advance(10 * SECOND).await;
        let forced = memo.force_refresh(1).await;

        assert_eq!(
            forced.map(drop).map_err(|error| error.to_string()),
            Ok(()),
            "{:?}",
            memo.stats()
        );
        stored.open();
        drop((runs, waits));
    });
}
