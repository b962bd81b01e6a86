//! A runtime that stands still.

use evermemo::{
    BoxFuture, Instant, MultiThreaded, Runtime,
    testing::{Virtual, VirtualSleep},
};
use std::{
    fmt, mem,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

/// Takes tasks and, while it is parked, does not run them. Its clock and its timers go on. Clones are
/// one.
#[derive(Clone)]
pub struct Parking {
    time: Virtual,
    parked: Arc<AtomicBool>,
    tasks: Arc<Mutex<Vec<BoxFuture<'static, ()>>>>,
}

impl Parking {
    /// Parks a runtime on virtual time.
    #[must_use]
    pub fn new(time: &Virtual) -> Self {
        let (parked, tasks) = (Arc::new(AtomicBool::new(true)), Arc::default());
        Self { time: time.clone(), parked, tasks }
    }

    /// Sets whether tasks that come from now on are kept.
    pub fn set_parked(&self, parked: bool) {
        self.parked.store(parked, SeqCst);
    }

    /// Hands over the tasks that were kept.
    ///
    /// # Panics
    ///
    /// When a task has panicked while it was given here.
    #[must_use]
    pub fn take_tasks(&self) -> Vec<BoxFuture<'static, ()>> {
        mem::take(&mut *self.tasks.lock().unwrap())
    }

    /// Runs the tasks that were kept, and those that come.
    ///
    /// # Panics
    ///
    /// When a task has panicked while it was given here.
    pub fn unpark(&self) {
        self.set_parked(false);
        self.take_tasks().into_iter().for_each(|task| self.time.spawn(task));
    }
}

impl Runtime for Parking {
    type Threading = MultiThreaded;
    type Sleep = VirtualSleep;

    fn now(&self) -> Instant {
        self.time.now()
    }

    fn sleep(&self, duration: Duration) -> VirtualSleep {
        self.time.sleep(duration)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        match self.parked.load(SeqCst) {
            true => self.tasks.lock().unwrap().push(task),
            false => self.time.spawn(task),
        }
    }
}

impl fmt::Debug for Parking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parking").field("parked", &self.parked).finish_non_exhaustive()
    }
}
