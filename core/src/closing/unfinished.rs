//! What was left when the time to end was over.

use core::ops::{Add, AddAssign};

/// What had not ended in time, and was abandoned.
#[must_use = "it tells whether anything was lost"]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unfinished {
    /// Loads that callers had led. These callers got
    /// [`Failure::Abandoned`](crate::Failure::Abandoned), those that had joined them
    /// [`Failure::Closed`](crate::Failure::Closed).
    pub loads: usize,
    /// Loads in the background. The stale entries stay.
    pub refreshes: usize,
    /// Writes and removals of a storage that waits. The storage may still carry them out.
    pub writes: usize,
}

impl Unfinished {
    /// Returns whether all had ended in time.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.loads == 0 && self.refreshes == 0 && self.writes == 0
    }
}

impl Add for Unfinished {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            loads: self.loads + other.loads,
            refreshes: self.refreshes + other.refreshes,
            writes: self.writes + other.writes,
        }
    }
}

impl AddAssign for Unfinished {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
