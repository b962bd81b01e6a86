//! An executor whose tasks stay on their thread.

use crate::SmolSleep;

use alloc::rc::{Rc, Weak};
use core::{future::Future, time::Duration};
use evermemo_core::{Domain, Instant, LocalBoxFuture, Runtime, SingleThreaded};
use smol::LocalExecutor;

/// A single-threaded executor: values, keys and methods need not be `Send`.
///
/// The value that [`SmolLocal::default`] makes owns the executor; its clones refer to it. This
/// keeps an executor from holding itself: it owns its tasks, a task owns the cache it fills, and
/// the cache owns a runtime. So keep the first value where the program runs it, and give caches
/// clones. (A cache that is given the first value lives as long as a task of it that never ends.)
///
/// When the first value is dropped its tasks are dropped with it. Clones then drop the tasks they
/// are given, and a call that has to load finds no runtime.
///
/// # Examples
///
/// ```
/// use evermemo_core::Runtime;
/// use evermemo_smol::SmolLocal;
/// use std::{cell::Cell, rc::Rc, time::Duration};
///
/// let local = SmolLocal::default();
/// let done = Rc::new(Cell::new(false));
/// let not_send = done.clone();
/// local.spawn(Box::pin(async move { not_send.set(true) }));
/// local.block_on(local.sleep(Duration::from_millis(2)));
/// assert!(done.get());
/// ```
#[derive(Debug)]
pub struct SmolLocal {
    executor: Reference,
}

#[derive(Debug)]
enum Reference {
    /// In the first value alone.
    Owner(Rc<LocalExecutor<'static>>),
    Guest(Weak<LocalExecutor<'static>>),
}

impl SmolLocal {
    /// Makes a runtime that spawns on `executor`, which the caller owns and runs.
    #[must_use]
    pub fn on(executor: &Rc<LocalExecutor<'static>>) -> Self {
        Self { executor: Reference::Guest(Rc::downgrade(executor)) }
    }

    /// Runs `future` and the executor's tasks on this thread until `future` ends.
    ///
    /// Tasks that are alive then stay where they are until the next call. On a clone whose
    /// executor is gone, `future` runs alone.
    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        match self.executor() {
            Some(executor) => smol::block_on(executor.run(future)),
            None => smol::block_on(future),
        }
    }

    fn executor(&self) -> Option<Rc<LocalExecutor<'static>>> {
        match &self.executor {
            Reference::Owner(executor) => Some(executor.clone()),
            Reference::Guest(executor) => executor.upgrade(),
        }
    }
}

impl Default for SmolLocal {
    /// Makes an executor, and the value that owns it.
    fn default() -> Self {
        Self { executor: Reference::Owner(Rc::default()) }
    }
}

impl Clone for SmolLocal {
    /// Makes a value that refers to the executor without keeping it alive.
    fn clone(&self) -> Self {
        Self {
            executor: Reference::Guest(match &self.executor {
                Reference::Owner(executor) => Rc::downgrade(executor),
                Reference::Guest(executor) => executor.clone(),
            }),
        }
    }
}

impl Runtime for SmolLocal {
    type Threading = SingleThreaded;
    type Sleep = SmolSleep;

    /// Reads the process-wide clock.
    fn now(&self) -> Instant {
        Instant::of_process()
    }

    /// Reads the process-wide clock that lags by a tick.
    #[inline]
    fn coarse_now(&self) -> Instant {
        Instant::of_process_coarse()
    }

    #[inline]
    fn coarse_lag(&self) -> Duration {
        Instant::coarse_lag()
    }

    /// Returns the domain of the process' one driver of timers, which has a thread of its own.
    fn domain(&self) -> Option<Domain> {
        Some(Domain::of::<crate::Smol>(0))
    }

    fn sleep(&self, duration: Duration) -> SmolSleep {
        SmolSleep::new(duration)
    }

    /// Starts a task; drops it if the executor is gone.
    fn spawn(&self, task: LocalBoxFuture<'static, ()>) {
        if let Some(executor) = self.executor() {
            // A smol task ends with its handle.
            executor.spawn(task).detach();
        }
    }

    /// Returns a value that does not keep the executor alive; `None` if the executor is gone.
    fn bind(&self) -> Option<Self> {
        self.executor().map(|_| self.clone())
    }
}
