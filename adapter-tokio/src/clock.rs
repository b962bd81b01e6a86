//! Which time it is for a runtime.

use evermemo_core::Instant;
use tokio::runtime::Handle;

/// Reads the clock that all adapters share.
#[cfg(not(feature = "test-util"))]
pub(crate) fn now(_: Option<&Handle>) -> Instant {
    Instant::of_process()
}

/// Reads the runtime's clock, as the process' clock would show it.
#[cfg(feature = "test-util")]
pub(crate) fn now(handle: Option<&Handle>) -> Instant {
    use std::{sync::LazyLock, time};

    // One point on both clocks, so that a paused one reads the same twice.
    static ORIGIN: LazyLock<(time::Instant, Instant)> =
        LazyLock::new(|| (time::Instant::now(), Instant::of_process()));
    let (theirs, ours) = *ORIGIN;
    let _context = handle.map(Handle::enter);
    let now = tokio::time::Instant::now().into_std();
    match now.checked_duration_since(theirs) {
        Some(passed) => ours + passed,
        // The clock was stopped before the origin was taken.
        None => ours.saturating_before(theirs.duration_since(now)),
    }
}
