//! A paused clock that stands still.

use core::fmt;
use std::sync::mpsc::{Sender, channel};

/// Keeps the paused clock of a tokio runtime where it is, until dropped.
///
/// A paused clock jumps to the next timer when everything waits, unless a blocking task runs: this
/// is one, on a thread of the runtime's, which waits until it is dropped.
#[must_use = "the clock is held until this is dropped"]
pub struct ClockHold {
    _held: Sender<()>,
}

impl ClockHold {
    /// Holds the clock of the runtime in context.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[track_caller]
    pub fn here() -> Self {
        let (held, dropped) = channel::<()>();
        // Nothing is ever sent: the end of the sender is the signal.
        drop(tokio::task::spawn_blocking(move || dropped.recv().is_ok()));
        Self { _held: held }
    }
}

impl fmt::Debug for ClockHold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClockHold").finish_non_exhaustive()
    }
}
