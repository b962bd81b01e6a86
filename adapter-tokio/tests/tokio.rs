//! Tokio's own verbs: in context, by handle, and after the runtime's end.
#![expect(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a test has std")]

use evermemo_core::{Instant, Runtime as _};
use evermemo_tokio::Tokio;
use std::{
    sync::{Arc, mpsc},
    time::Duration,
};
use tokio::runtime::{Builder, Handle, Runtime};

const A_MOMENT: Duration = Duration::from_millis(5);

fn single() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

fn multi() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap()
}

fn with_handle(runtime: &Runtime) -> Tokio {
    Tokio::with_handle(runtime.handle().clone())
}

#[test]
fn now_never_goes_back() {
    single().block_on(async {
        let readings: Vec<_> = (0..1000).map(|_| Tokio::default().now()).collect();
        assert!(readings.is_sorted());
    });
}

#[cfg(not(feature = "test-util"))]
#[test]
fn now_reads_the_clock_that_all_adapters_share() {
    let outside = Tokio::default().now();
    let process = Instant::of_process();
    let runtime = single();
    let inside = runtime.block_on(async { Tokio::default().now() });
    let by_handle = with_handle(&runtime).now();
    assert!([outside, process, inside, by_handle, Instant::of_process()].is_sorted());
}

#[test]
fn sleep_lasts_as_long_as_asked() {
    single().block_on(async {
        let before = Instant::of_process();
        Tokio::default().sleep(A_MOMENT).await;
        assert!(Instant::of_process().saturating_since(before) >= A_MOMENT);
    });
}

#[test]
fn sleep_may_be_endless() {
    single().block_on(async {
        let mut sleep = std::pin::pin!(Tokio::default().sleep(Duration::MAX));
        let poll =
            std::future::poll_fn(|context| std::task::Poll::Ready(sleep.as_mut().poll(context)));
        assert!(poll.await.is_pending());
    });
}

#[test]
fn spawn_runs_tasks_of_the_runtime_in_context() {
    let (sender, receiver) = mpsc::channel();
    let runtime = multi();
    runtime.block_on(async {
        Tokio::default()
            .spawn(Box::pin(async move { sender.send(Handle::current().id()).unwrap() }));
    });
    assert_eq!(receiver.recv(), Ok(runtime.handle().id()));
}

#[test]
fn out_of_context_nothing_is_bound_and_tasks_are_dropped() {
    let tokio = Tokio::default();
    assert!(tokio.bind().is_none());
    assert!(!tokio.entered());
    let token = Arc::new(());
    let held = token.clone();
    tokio.spawn(Box::pin(async move { drop(held) }));
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_default_is_bound_to_the_runtime_in_context() {
    let (first, second) = (multi(), single());
    let tokio = Tokio::default();
    let bound = first.block_on(async { tokio.bind() }).unwrap();
    assert!(first.block_on(async { tokio.entered() && bound.entered() }));
    assert!(!second.block_on(async { bound.entered() }));
    assert!(!bound.entered());
    // Once bound it stays, wherever it is used and bound again.
    let rebound = second.block_on(async { bound.bind() }).unwrap();
    let (sender, receiver) = mpsc::channel();
    rebound.spawn(Box::pin(async move { sender.send(Handle::current().id()).unwrap() }));
    assert_eq!(receiver.recv(), Ok(first.handle().id()));
}

#[test]
fn a_handle_sleeps_and_spawns_from_outside() {
    let runtime = multi();
    let tokio = with_handle(&runtime);
    let sleep = tokio.sleep(A_MOMENT);
    let (sender, receiver) = mpsc::channel();
    tokio.spawn(Box::pin(async move {
        sleep.await;
        sender.send(Handle::current().id()).unwrap();
    }));
    assert_eq!(receiver.recv(), Ok(runtime.handle().id()));
}

#[test]
fn a_handle_sleeps_in_another_runtime() {
    let (own, other) = (multi(), Builder::new_current_thread().build().unwrap());
    let tokio = with_handle(&own);
    other.block_on(async {
        // This one has no time driver.
        tokio.sleep(A_MOMENT).await;
        assert!(!tokio.entered());
    });
}

#[test]
fn a_handle_does_not_keep_its_runtime_alive() {
    let runtime = multi();
    let tokio = with_handle(&runtime);
    let token = Arc::new(());
    let held = token.clone();
    tokio.spawn(Box::pin(async move {
        std::future::pending::<()>().await;
        drop(held);
    }));
    drop(runtime);
    assert_eq!(Arc::strong_count(&token), 1, "the runtime's end drops its tasks");
    let held = token.clone();
    tokio.spawn(Box::pin(async move { drop(held) }));
    assert_eq!(Arc::strong_count(&token), 1, "a task that comes later is dropped at once");
}

#[cfg(feature = "test-util")]
#[test]
fn a_paused_clock_moves_ages() {
    let hour = Duration::from_secs(3600);
    let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    paused.block_on(async {
        let tokio = Tokio::default();
        let before = tokio.now();
        assert_eq!(tokio.now(), before, "it stands still");
        tokio::time::advance(hour).await;
        assert_eq!(tokio.now().saturating_since(before), hour);
        tokio.sleep(hour).await;
        assert_eq!(tokio.bind().unwrap().now().saturating_since(before), 2 * hour);
    });
    // From outside, too.
    assert_eq!(with_handle(&paused).now(), with_handle(&paused).now());
}
