//! The handles of a cache, and the first look of a call, which is compiled where it is called.

mod asking;
mod call;
mod changes;
mod handle;
mod inner;
mod invalidation;
mod keep;
mod loader;
mod mapped;
mod memo;
mod query;
mod yielded;

#[doc(hidden)]
pub use self::{
    asking::Asking,
    keep::KeepIf,
    loader::{Carried, Loading, Previous},
    mapped::{LoadOf, load, load_local},
    query::{Borrowed, ByReference, Extracted, InHand, Intended, Own, Query},
};
pub use self::{
    call::Call,
    handle::Cache,
    invalidation::{InvalidationSupport, LocalInvalidationSupport},
    memo::Memo,
};
pub(crate) use self::{
    inner::Inner,
    yielded::{Plain, Sure, Whole},
};
