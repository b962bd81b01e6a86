//! The demand of a caller on the flights of a key, and the answer of the table.

use super::flight::Flight;
use crate::{runtime::Threading, sync::Arc, types::LandedOf};

/// The demand of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A value, loaded by any caller.
    Value,
    /// A value whose load began after this arrival.
    After(usize),
    /// A load in the background, if there is none yet.
    Refresh,
}

/// The answer of the table.
pub(crate) enum Boarding<M: Threading> {
    /// The caller has to load.
    Lead(Arc<Flight<M>>),
    /// Another caller loads.
    Join(Arc<Flight<M>>),
    /// The flight has landed and is being stored: its entry is the answer. A flight from this
    /// arrival on is newer.
    Landed(Arc<LandedOf<M>>, usize),
    /// The caller has to load once another forced load is over, which began too early for it.
    LeadAfter(Arc<Flight<M>>, Arc<Flight<M>>),
    /// The caller is inside the very load it asks for.
    Recursive,
    /// There is nothing to join, and no runtime to load on.
    NoRuntime,
    /// There is nothing to join, and no load begins any more.
    Closed,
    /// A refresh is not needed.
    Busy,
}
