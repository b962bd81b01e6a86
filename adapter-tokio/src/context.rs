//! The runtime that the caller is in.

use core::hash::{Hash, Hasher};
use std::hash::DefaultHasher;

use evermemo_core::Domain;
use tokio::runtime::Handle;

/// Returns whether the caller is in the runtime of `handle`, or in any if there is no handle.
pub(crate) fn is_in(handle: Option<&Handle>) -> bool {
    Handle::try_current().is_ok_and(|current| handle.is_none_or(|own| own.id() == current.id()))
}

/// Returns the given handle, or else that of the runtime in context.
pub(crate) fn handle_or_current(handle: Option<&Handle>) -> Option<Handle> {
    handle.cloned().or_else(|| Handle::try_current().ok())
}

/// Returns the domain of the runtime of `handle`, or else of the one in context.
pub(crate) fn domain(handle: Option<&Handle>) -> Option<Domain> {
    let id = handle_or_current(handle)?.id();
    // An id reveals its number to hashers alone. These always hash alike.
    let mut number = DefaultHasher::new();
    id.hash(&mut number);
    Some(Domain::of::<Handle>(number.finish()))
}
