//! What comes of a write, for the writers of what it has replaced.

use crate::{
    error::StorageError,
    future::Bell,
    sync::{Arc, Mutex},
};

/// What a write has brought, once it has.
pub(crate) struct Outcome {
    brought: Mutex<Option<Result<(), StorageError>>>,
    bell: Arc<Bell>,
}

impl Outcome {
    pub(super) fn new() -> Self {
        Self { brought: Mutex::new(None), bell: Arc::new(Bell::new()) }
    }

    /// Notes what the write has brought, if that is not known yet, and wakes the writers that wait
    /// for it.
    pub(super) fn bring(&self, changed: Result<(), StorageError>) {
        let refused = self.brought.with(|brought| match brought {
            Some(_) => Some(changed),
            None => {
                *brought = Some(changed);
                None
            }
        });
        drop(refused);
        self.bell.ring();
    }

    /// Waits for what the write brings.
    pub(crate) async fn brought(&self) -> Result<(), StorageError> {
        loop {
            let listener = self.bell.clone().listen();
            if let Some(brought) = self.brought.with(|brought| brought.clone()) {
                return brought;
            }
            listener.await;
        }
    }
}
