//! A runtime whose clock can be put forward.

use core::{
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};
use std::sync::Mutex;

use evermemo::{BoxFuture, Instant, MultiThreaded, Runtime};

/// So much the clock is ahead of that of the process, in nanoseconds.
static AHEAD: AtomicU64 = AtomicU64::new(0);

/// What was started and has not ended.
static TASKS: Mutex<Vec<BoxFuture<'static, ()>>> = Mutex::new(Vec::new());

/// The clock of the process, ahead by what was skipped. Nothing wakes a task: [`run_tasks`] polls
/// them all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Skipping;

impl Skipping {
    /// Puts the clock forward.
    pub(super) fn skip(self, time: Duration) {
        AHEAD.fetch_add(time.as_nanos() as u64, Ordering::AcqRel);
    }
}

impl Runtime for Skipping {
    type Threading = MultiThreaded;
    type Sleep = Sleep;

    fn now(&self) -> Instant {
        Instant::of_process() + Duration::from_nanos(AHEAD.load(Ordering::Acquire))
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep { until: self.now() + duration }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        TASKS.lock().expect("nothing panics under it").push(task);
    }
}

/// A timer that says whether it rings if it is asked.
#[derive(Debug)]
pub(super) struct Sleep {
    until: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<()> {
        if Skipping.now() >= self.until { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls each task once.
pub(super) fn run_tasks() {
    let mut tasks = core::mem::take(&mut *TASKS.lock().expect("nothing panics under it"));
    tasks.retain_mut(|task| {
        task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    });
    TASKS.lock().expect("nothing panics under it").append(&mut tasks);
}
