//! Tasks that stay on their thread: in a local set, and where there is none.
#![expect(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a test has std")]

use evermemo_core::{Instant, Runtime as _};
use evermemo_tokio::TokioLocal;
use std::{rc::Rc, thread, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    task::LocalSet,
};

const A_MOMENT: Duration = Duration::from_millis(5);

fn single() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

#[test]
fn tasks_run_in_the_local_set_in_context() {
    let (runtime, here) = (single(), thread::current().id());
    let ran_on = LocalSet::new().block_on(&runtime, async {
        let (sender, receiver) = oneshot::channel();
        let sender = Rc::new(sender);
        TokioLocal::default().spawn(Box::pin(async move {
            Rc::into_inner(sender).unwrap().send(thread::current().id()).unwrap();
        }));
        receiver.await
    });
    assert_eq!(ran_on, Ok(here));
}

#[test]
fn sleep_lasts_as_long_as_asked() {
    single().block_on(async {
        let before = Instant::of_process();
        TokioLocal::default().sleep(A_MOMENT).await;
        assert!(Instant::of_process().saturating_since(before) >= A_MOMENT);
    });
}

#[test]
fn now_never_goes_back() {
    single().block_on(async {
        let readings: Vec<_> = (0..1000).map(|_| TokioLocal::default().now()).collect();
        assert!(readings.is_sorted());
    });
}

#[test]
fn it_is_bound_in_a_tokio_context_only() {
    let (first, second) = (single(), single());
    let local = TokioLocal::default();
    assert!(local.bind().is_none());
    let bound = first.block_on(async { local.bind() }).unwrap();
    assert!(first.block_on(async { bound.entered() }));
    assert!(!second.block_on(async { bound.entered() }));
    assert!(!bound.entered());
    // Made out of context, on the timer of the runtime that it was bound to.
    let sleep = bound.sleep(A_MOMENT);
    let before = Instant::of_process();
    first.block_on(sleep);
    assert!(Instant::of_process() > before);
}

#[test]
fn without_a_local_set_a_task_is_dropped() {
    let token = Rc::new(());
    let spawn = || {
        let held = token.clone();
        TokioLocal::default().spawn(Box::pin(async move { drop(held) }));
    };
    spawn();
    assert_eq!(Rc::strong_count(&token), 1);
    single().block_on(async { spawn() });
    assert_eq!(Rc::strong_count(&token), 1);
}
