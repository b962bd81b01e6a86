//! Runtimes that cost nothing themselves.

use core::{
    cell::RefCell,
    future::{Pending, Ready, pending, ready},
    time::Duration,
};

use evermemo_core::{BoxFuture, Domain, Instant, MultiThreaded, Runtime};

use crate::waits;

/// A runtime without tasks, timers or passing time: what is left is the engine's own cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Still;

impl Runtime for Still {
    type Threading = MultiThreaded;
    type Sleep = Ready<()>;

    #[inline]
    fn now(&self) -> Instant {
        Instant::from_nanos(1)
    }

    fn sleep(&self, _duration: Duration) -> Self::Sleep {
        ready(())
    }

    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<Self>(0))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(task);
    }
}

/// A runtime on the clock of the process, as the adapters are. Its timers never ring, and its tasks
/// lie where they were started until [`run_tasks`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Clocked;

std::thread_local!(static TASKS: RefCell<Vec<BoxFuture<'static, ()>>> = const {
    RefCell::new(Vec::new())
});

impl Runtime for Clocked {
    type Threading = MultiThreaded;
    type Sleep = Pending<()>;

    #[inline]
    fn now(&self) -> Instant {
        Instant::of_process()
    }

    fn sleep(&self, _duration: Duration) -> Self::Sleep {
        pending()
    }

    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<Self>(0))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        TASKS.with_borrow_mut(|tasks| tasks.push(task));
    }

    #[inline]
    fn coarse_now(&self) -> Instant {
        Instant::of_process_coarse()
    }

    #[inline]
    fn coarse_lag(&self) -> Duration {
        Instant::coarse_lag()
    }
}

/// Polls each task that this thread has started on [`Clocked`], and keeps those that have to wait.
pub fn run_tasks() {
    let mut tasks = TASKS.take();
    tasks.retain_mut(|task| waits(task.as_mut()));
    TASKS.with_borrow_mut(|started| started.append(&mut tasks));
}
