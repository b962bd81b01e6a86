//! The runtime that the caller is in.

use tokio::runtime::Handle;

/// Returns whether the caller is in the runtime of `handle`, or in any if there is no handle.
pub(crate) fn is_in(handle: Option<&Handle>) -> bool {
    Handle::try_current().is_ok_and(|current| handle.is_none_or(|own| own.id() == current.id()))
}

/// Returns the given handle, or else that of the runtime in context.
pub(crate) fn handle_or_current(handle: Option<&Handle>) -> Option<Handle> {
    handle.cloned().or_else(|| Handle::try_current().ok())
}
