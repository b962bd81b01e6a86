//! A load's entry on its way to a storage, and what becomes of it.

use crate::{
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    flights::Flight,
    lanes::WriteOutcome,
    runtime::{Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

/// What a load leaves to the write of its entry.
pub(crate) struct WriteTask<M: Threading> {
    pub(crate) snapshot: Arc<M::Configuration>,
    pub(crate) flight: Arc<Flight<M>>,
    pub(crate) ticket: Option<M::Ticket>,
    pub(crate) entry: CacheEntry<ValueOf<M>>,
    /// When the entry was built.
    pub(crate) now: Instant,
    /// Whether the storage answers only after a wait.
    pub(crate) waits: bool,
}

/// What became of an entry.
pub(crate) enum Stored {
    Kept,
    /// It was not to be stored, or was dead at birth, and what it would have replaced has left.
    Dead,
    /// Something newer had come first.
    Superseded,
    /// Something newer has replaced it in its lane, and brings this.
    Replaced(Arc<WriteOutcome>),
    /// With the storage's error, or what it failed by.
    Failed(StorageError),
}

impl Stored {
    #[cold]
    pub(crate) fn failed(failure: StorageFailure) -> Self {
        Self::Failed(Arc::new(failure))
    }
}
