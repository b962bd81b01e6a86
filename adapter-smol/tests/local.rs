//! The executor whose tasks stay on their thread, and who keeps it alive.
#![expect(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a test has std")]

use evermemo_core::{Instant, Runtime as _};
use evermemo_smol::SmolLocal;
use std::{
    cell::{Cell, RefCell},
    future::pending,
    rc::Rc,
    thread,
    time::Duration,
};

const A_MOMENT: Duration = Duration::from_millis(5);

#[test]
fn now_reads_the_clock_that_all_adapters_share() {
    let local = SmolLocal::default();
    let readings: Vec<_> = (0..500).flat_map(|_| [local.now(), Instant::of_process()]).collect();
    assert!(readings.is_sorted());
}

#[test]
fn sleep_lasts_as_long_as_asked() {
    let local = SmolLocal::default();
    let before = Instant::of_process();
    local.block_on(local.sleep(A_MOMENT));
    assert!(Instant::of_process().saturating_since(before) >= A_MOMENT);
}

#[test]
fn tasks_run_on_the_thread_that_runs_the_executor() {
    let local = SmolLocal::default();
    let ran_on = Rc::new(Cell::new(None));
    local.block_on(async {
        let ran_on = ran_on.clone();
        local.clone().spawn(Box::pin(async move { ran_on.set(Some(thread::current().id())) }));
        smol::future::yield_now().await;
    });
    assert_eq!(ran_on.get(), Some(thread::current().id()));
}

#[test]
fn tasks_go_on_in_the_next_run() {
    let local = SmolLocal::default();
    let (done, gate) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
    let (task_done, task_gate, runtime) = (done.clone(), gate.clone(), local.clone());
    local.spawn(Box::pin(async move {
        while !task_gate.get() {
            runtime.sleep(Duration::from_millis(1)).await;
        }
        task_done.set(true);
    }));
    local.block_on(local.sleep(A_MOMENT));
    assert!(!done.get());
    gate.set(true);
    local.block_on(async {
        while !done.get() {
            local.sleep(Duration::from_millis(1)).await;
        }
    });
    assert!(done.get());
}

#[test]
fn a_task_that_holds_a_clone_does_not_keep_the_executor_alive() {
    let local = SmolLocal::default();
    let token = Rc::new(());
    let (held, clone) = (token.clone(), local.bind().unwrap());
    local.spawn(Box::pin(async move {
        pending::<()>().await;
        drop((held, clone));
    }));
    local.block_on(smol::future::yield_now());
    assert_eq!(Rc::strong_count(&token), 2);
    drop(local);
    assert_eq!(Rc::strong_count(&token), 1, "the task went with its executor");
}

#[test]
fn a_clone_without_its_executor_drops_tasks_and_runs_futures_alone() {
    let clone = SmolLocal::default().clone();
    assert!(clone.bind().is_none());
    let token = Rc::new(());
    let held = token.clone();
    clone.spawn(Box::pin(async move { drop(held) }));
    assert_eq!(Rc::strong_count(&token), 1);
    assert_eq!(clone.block_on(async { 144 }), 144);
}

#[test]
fn an_executor_of_ones_own_serves_too() {
    let executor = Rc::new(smol::LocalExecutor::new());
    let local = SmolLocal::on(&executor);
    let done = Rc::new(RefCell::new(Vec::new()));
    let log = done.clone();
    local.spawn(Box::pin(async move { log.borrow_mut().push("ran") }));
    while executor.try_tick() {}
    assert_eq!(*done.borrow(), ["ran"]);
    drop(executor);
    assert!(local.bind().is_none());
}
