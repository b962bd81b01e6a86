//! The handles of a cache, and the first look of a call, which is compiled for each caller.

mod asking;
mod background;
mod call;
mod changes;
#[cfg(feature = "std")]
mod closing;
mod entries;
mod failing;
mod get;
mod getting;
mod handle;
mod inner;
mod inserting;
mod invalidation;
mod keep;
mod keyed;
mod load;
mod loader;
mod many;
mod mapped;
mod memo;
mod owned;
mod progress;
mod query;
mod reads;
mod refreshing;
mod removing;
mod snapshot;
mod tuned;
mod updating;
mod with_outcome;
mod yielded;

#[doc(hidden)]
pub use self::{
    asking::{Asking, OwnedAsking},
    failing::failing,
    keep::KeepIf,
    loader::{Carried, Loading, Previous},
    mapped::{LoadOf, SendFuture, load, load_local},
    query::{AskedBy, Borrowed, ByReference, Extracted, InHand, Intended, Own, Query},
    refreshing::Refreshes,
    yielded::Yields,
};
pub use self::{
    call::Call,
    entries::{EntryKeys, Iter},
    failing::Failing,
    getting::Get,
    handle::Cache,
    invalidation::{InvalidationSupport, LocalInvalidationSupport},
    keyed::Keyed,
    memo::Memo,
    owned::OwnedCall,
    removing::Remove,
    snapshot::{FlightInfo, Snapshot},
    tuned::Tuned,
    with_outcome::WithOutcome,
};
pub(crate) use self::{
    inner::Inner,
    yielded::{Plain, Sure, WithSettings},
};
