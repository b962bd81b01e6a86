//! What a caller wants of the flights of a key, and what it gets.

use super::flight::Flight;
use crate::{runtime::Threading, sync::Arc, types::LandedOf};

/// What a caller wants of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A value, loaded by any caller.
    Value,
    /// A value whose load began after this turn.
    After(usize),
    /// A load in the background, if there is none yet.
    Refresh,
}

/// What a caller gets.
pub(crate) enum Boarding<M: Threading> {
    /// The caller has to load.
    Lead(Arc<Flight<M>>),
    /// Another caller loads.
    Join(Arc<Flight<M>>),
    /// The flight has landed and is being stored: its entry is the answer. What began from this turn
    /// on is newer.
    Landed(Arc<LandedOf<M>>, usize),
    /// The caller has to load once another forced load is over, which began too early for it.
    LeadAfter(Arc<Flight<M>>, Arc<Flight<M>>),
    /// The caller is inside the very load it asks for.
    Recursive,
    /// There is nothing to join, and no runtime to load on.
    NoRuntime,
    /// A refresh is not needed.
    Busy,
}
