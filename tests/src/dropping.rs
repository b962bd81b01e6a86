//! A waker that drops what it has.

use evermemo::BoxFuture;
use std::{
    fmt, mem,
    sync::{Arc, Mutex},
    task::Wake,
};

/// Drops futures when it is woken: what wakes one of those who wait may drop the others.
#[derive(Default)]
pub struct Dropping(Mutex<Vec<BoxFuture<'static, ()>>>);

impl Dropping {
    /// A waker that drops nothing yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Gives it what it is to drop.
    ///
    /// # Panics
    ///
    /// When a future has panicked as it was dropped here.
    pub fn hold(&self, futures: Vec<BoxFuture<'static, ()>>) {
        *self.0.lock().unwrap() = futures;
    }

    /// Returns whether it has been woken since.
    ///
    /// # Panics
    ///
    /// When a future has panicked as it was dropped here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

impl Wake for Dropping {
    fn wake(self: Arc<Self>) {
        // Outside the lock, as what is dropped may wake this again.
        let dropped = mem::take(&mut *self.0.lock().unwrap());
        drop(dropped);
    }
}

impl fmt::Debug for Dropping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dropping").finish_non_exhaustive()
    }
}
