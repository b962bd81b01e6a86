//! The clock of a runtime.

use core::time::Duration;
use evermemo_core::Instant;
use tokio::runtime::Handle;

/// Reads the clock that all adapters share.
#[cfg(not(feature = "test-util"))]
pub(crate) fn now(_: Option<&Handle>) -> Instant {
    Instant::of_process()
}

/// Reads the cheaper clock that all adapters share.
#[inline]
#[cfg(not(feature = "test-util"))]
pub(crate) fn coarse_now(_: Option<&Handle>) -> Instant {
    Instant::of_process_coarse()
}

/// Returns how far the cheaper clock may lag.
#[inline]
#[cfg(not(feature = "test-util"))]
pub(crate) fn coarse_lag() -> Duration {
    Instant::coarse_lag()
}

/// Reads the runtime's clock: there is no cheaper one.
#[cfg(feature = "test-util")]
pub(crate) fn coarse_now(handle: Option<&Handle>) -> Instant {
    now(handle)
}

/// Returns that the runtime's clock does not lag.
#[cfg(feature = "test-util")]
pub(crate) const fn coarse_lag() -> Duration {
    Duration::ZERO
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
