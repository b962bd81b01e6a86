//! Loads that their leaders drive as well as a task, and leaders that go elsewhere.

use super::{MS, SECOND, backend::Backend};

use evermemo::{Builder, Source, testing};
use evermemo_tests::{Parking, polled, yielded};
use futures_util::future::{Either, select};
use std::{
    future::pending,
    pin::pin,
    sync::{Arc, Mutex},
};

#[test]
fn p2_3_a_leader_that_is_polled_drives_a_load_that_its_task_does_not() {
    testing::run(async |time| {
        let backend = Backend::up();
        backend.source.gates.shut_at(1);
        let memo =
            Builder::on(Parking::new(&time)).method_timeout(10 * SECOND).try_wrap(backend.method());
        let mut leader = Box::pin(memo.call(1));
        assert!(polled(&mut leader).await.is_pending());
        let mut joiner = Box::pin(memo.call(1));
        assert!(polled(&mut joiner).await.is_pending());
        let opens = async {
            time.advance(SECOND).await;
            backend.source.gates.open_all();
            // From here on it is the load that wakes the leader.
            pending::<()>().await;
        };

        let Either::Left((answer, _)) = select(leader, pin!(opens)).await else { unreachable!() };

        assert_eq!(answer.unwrap(), 1);
        assert_eq!(joiner.await.unwrap(), 1);
        assert_eq!((time.elapsed(), memo.cache().in_flight()), (SECOND, 0));
    });
}

#[test]
fn p2_3_a_leader_that_blocks_a_worker_of_tokio_drives_a_load_that_is_joined_meanwhile() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let tokio = builder.worker_threads(1).enable_time().build().expect("a runtime");
    let (begun, begins) = std::sync::mpsc::channel();
    let (join, joined) = std::sync::mpsc::channel::<()>();
    let joined = Arc::new(Mutex::new(joined));
    let memo = evermemo::builder().method_timeout(3 * SECOND).wrap(move |n: u32| {
        let (begun, joined) = (begun.clone(), joined.clone());
        async move {
            begun.send(()).expect("the test waits");
            joined.lock().unwrap().recv().expect("the test joins");
            yielded().await;
            n
        }
    });
    let led = memo.clone();
    let leader = tokio.spawn(async move { smol::block_on(led.call(1)) });
    begins.recv().expect("it begins");
    let mut joiner = Box::pin(memo.call(1));
    // Elsewhere, where a waiter can say that it takes too long.
    smol::block_on(async {
        assert!(polled(&mut joiner).await.is_pending());
        join.send(()).expect("the load waits");
        assert_eq!(joiner.await.unwrap(), 1);
        assert_eq!(leader.await.unwrap().unwrap(), 1);
    });
    assert_eq!((memo.stats().timeouts, memo.cache().in_flight()), (0, 0));
}

#[test]
fn p2_5_a_call_that_leaves_its_runtime_leaves_it_the_load() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let tokio = builder.worker_threads(1).enable_time().build().expect("a runtime");
    let memo = evermemo::builder().wrap(|n: u32| async move {
        for _ in 0..3 {
            yielded().await;
            tokio::time::sleep(MS).await;
        }
        n
    });
    let mut call = Box::pin(memo.outcome(7));
    tokio.block_on(async { assert!(polled(&mut call).await.is_pending()) });

    let outcome = smol::block_on(call).unwrap();

    assert_eq!((outcome.value, outcome.source), (7, Source::Loaded));
    assert_eq!((memo.stats().panics, memo.cache().in_flight()), (0, 0));
}
