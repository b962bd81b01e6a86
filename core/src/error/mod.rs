//! The errors of calls and of storages.

mod call;
mod cause;
mod failure;
mod kind;
mod particulars;
mod probe;
mod reason;
mod storage;
mod way;

pub use self::{
    call::Error,
    cause::{Boxed, Cause, Opaque, Text, Typed},
    failure::Failure,
    kind::ErrorKind,
    storage::{SharedStorageError, StorageError, StorageFailure},
};
pub(crate) use self::{particulars::Particulars, storage::hidden, way::Raised};
#[doc(hidden)]
pub use self::{
    probe::{Probe, Unknown},
    way::Way,
};
