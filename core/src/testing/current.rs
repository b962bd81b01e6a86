//! The virtual clock of the run in progress on this thread.

use super::Virtual;

use core::cell::RefCell;

std::thread_local!(static CURRENT: RefCell<Option<Virtual>> = const { RefCell::new(None) });

/// Returns the clock of the run in progress on this thread.
#[must_use]
pub fn current() -> Option<Virtual> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Makes a clock the current one, until it is dropped.
pub(super) struct Entered {
    outer: Option<Virtual>,
}

impl Entered {
    pub(super) fn new(time: Virtual) -> Self {
        // A thread that is ending has none any more.
        let outer = CURRENT.try_with(|current| current.replace(Some(time)));
        Self { outer: outer.ok().flatten() }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.try_with(|current| current.replace(self.outer.take()));
        drop(left);
    }
}
