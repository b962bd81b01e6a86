//! The settings of a run.

use super::{Order, Virtual, driver};

/// A run on virtual time with other choices than those of [`run`](super::run).
///
/// # Examples
///
/// The same tasks in another order:
///
/// ```
/// use evermemo_core::{Runtime, testing::{Order, Simulation}};
/// use std::sync::{Arc, Mutex};
///
/// let steps = Arc::new(Mutex::new(Vec::new()));
/// Simulation::new().order(Order::Lifo).run(async |time| {
///     for task in ["first", "second"] {
///         let steps = steps.clone();
///         time.spawn(Box::pin(async move { steps.lock().unwrap().push(task) }));
///     }
///     time.settle().await;
/// });
/// assert_eq!(*steps.lock().unwrap(), ["second", "first"]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "does nothing until it is run"]
pub struct Simulation {
    order: Order,
    jump_when_idle: bool,
}

impl Simulation {
    /// Makes the settings of [`run`](super::run): first in, first out, and jumps.
    pub const fn new() -> Self {
        Self { order: Order::Fifo, jump_when_idle: true }
    }

    /// Sets the order in which runnable tasks are polled.
    pub const fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets whether time jumps to the next timer when everything waits.
    ///
    /// If not, time moves by [`Virtual::advance`] and [`Virtual::set_now`] alone, and a run in
    /// which everything waits for a timer is a deadlock.
    pub const fn jump_when_idle(mut self, jump: bool) -> Self {
        self.jump_when_idle = jump;
        self
    }

    /// Runs `main` as [`run`](super::run) does.
    ///
    /// # Panics
    ///
    /// If nothing can ever run again, and if `main` or a task panics.
    #[track_caller]
    pub fn run<F, O>(self, main: F) -> O
    where
        F: AsyncFnOnce(Virtual) -> O,
    {
        driver::drive(&Virtual::driven(self.order, self.jump_when_idle), main)
    }
}

impl Default for Simulation {
    fn default() -> Self {
        Self::new()
    }
}
