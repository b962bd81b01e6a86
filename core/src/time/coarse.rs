//! The clock by which hits are judged.

use super::Instant;

/// What tells a first look the time: a runtime, or one whose type is hidden.
#[doc(hidden)]
pub trait CoarseClock {
    /// Returns by when what is fresh now stays so: the coarse clock lags by so much at most.
    fn near(&self) -> Instant;

    /// Returns the time.
    fn exact(&self) -> Instant;
}
