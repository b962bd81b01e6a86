//! The result of a write, for the writers of those that it has replaced.

use core::mem;

use crate::{
    error::StorageError,
    future::Bell,
    sync::{Arc, Mutex},
};

/// The result of a write, once there is one.
pub(crate) struct WriteResult {
    brought: Mutex<Option<Brought>>,
    bell: Arc<Bell>,
}

struct Brought {
    changed: Result<(), StorageError>,
    /// The writer has counted a failure.
    counted: bool,
}

impl WriteResult {
    pub(super) fn new() -> Self {
        Self { brought: Mutex::new(None), bell: Arc::new(Bell::new()) }
    }

    /// Sets the result, if there is none yet, and wakes the writers that wait for it.
    pub(super) fn bring(&self, changed: Result<(), StorageError>, counted: bool) {
        let new = Brought { changed, counted };
        let refused = self.brought.with(|brought| match brought {
            Some(_) => Some(new),
            None => {
                *brought = Some(new);
                None
            }
        });
        drop(refused);
        self.bell.ring();
    }

    /// Waits for the result.
    pub(crate) async fn brought(&self) -> Result<(), StorageError> {
        loop {
            let listener = self.bell.clone().listen();
            let brought = self.brought.with(|brought| brought.as_ref().map(Brought::changed));
            if let Some(brought) = brought {
                return brought;
            }
            listener.await;
        }
    }

    /// Returns whether the caller has to count the failure of the write: its own writer was given
    /// up before it could.
    pub(crate) fn is_left_to_count(&self) -> bool {
        let count = |brought: &mut Brought| !mem::replace(&mut brought.counted, true);
        self.brought.with(|brought| brought.as_mut().is_some_and(count))
    }
}

impl Brought {
    fn changed(&self) -> Result<(), StorageError> {
        self.changed.clone()
    }
}
