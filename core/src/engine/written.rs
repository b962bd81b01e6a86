//! The write of a loaded entry, and its result.

use crate::{
    entry::CacheEntry,
    error::{StorageError, StorageFailure},
    flights::Flight,
    lanes::WriteResult,
    runtime::{Threading, ValueOf},
    sync::Arc,
    time::Instant,
};

/// The write of a loaded entry.
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

/// The result of storing an entry.
pub(crate) enum Stored {
    Kept,
    /// It was not to be stored, or was dead at birth, and the entry that it would have replaced has
    /// left.
    Dead,
    /// It was superseded before.
    Superseded,
    /// A newer write has replaced it in its lane, and has this result.
    Replaced(Arc<WriteResult>),
    /// With the storage's error, or the reason of its failure.
    Failed(StorageError),
}

impl Stored {
    #[cold]
    pub(crate) fn failed(failure: StorageFailure) -> Self {
        Self::Failed(Arc::new(failure))
    }
}
