//! The clock of a hit.

use super::Instant;

/// The clock of a first look: a runtime, or one whose type is hidden.
#[doc(hidden)]
pub trait CoarseClock {
    /// Returns a time no earlier than now, the coarse clock and its lag: an entry that is fresh
    /// then is fresh now.
    fn near(&self) -> Instant;

    /// Returns the exact time.
    fn exact(&self) -> Instant;
}
