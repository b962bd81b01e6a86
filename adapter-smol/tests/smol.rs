//! Smol's own verbs, on the global executor.
#![expect(clippy::std_instead_of_core, reason = "a test has std")]

use evermemo_core::{Instant, Runtime as _};
use evermemo_smol::Smol;
use std::{future::poll_fn, pin::pin, sync::mpsc, task::Poll, thread, time::Duration};

const A_MOMENT: Duration = Duration::from_millis(5);

#[test]
fn now_reads_the_clock_that_all_adapters_share() {
    let readings: Vec<_> = (0..500).flat_map(|_| [Smol.now(), Instant::of_process()]).collect();
    assert!(readings.is_sorted());
}

#[test]
fn sleep_lasts_as_long_as_asked() {
    smol::block_on(async {
        let before = Instant::of_process();
        Smol.sleep(A_MOMENT).await;
        assert!(Instant::of_process().saturating_since(before) >= A_MOMENT);
    });
}

#[test]
fn sleep_may_be_endless() {
    let mut sleep = pin!(Smol.sleep(Duration::MAX));
    let poll = poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context)));
    assert!(smol::block_on(poll).is_pending());
}

#[test]
fn spawned_tasks_run_by_themselves() {
    let (sender, receiver) = mpsc::channel();
    Smol.spawn(Box::pin(async move {
        Smol.sleep(A_MOMENT).await;
        sender.send(thread::current().id()).unwrap();
    }));
    let ran_on = receiver.recv().expect("the task is detached");
    assert_ne!(ran_on, thread::current().id());
}
