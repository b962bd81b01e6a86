//! The removal of dead entries, once in a period.

use core::{fmt, time::Duration};

use crate::runtime::{AnyEngine, MultiThreaded, SingleThreaded, SweepsOf, Threading};

/// How often dead entries are removed, with the engine's functions for it. A program that does not
/// sweep contains none of that, as only the builder's setter refers to it.
#[derive(Clone, Copy)]
pub(crate) struct SweepEvery {
    pub(crate) period: Duration,
    pub(crate) sent: fn(Duration) -> SweepsOf<MultiThreaded>,
    pub(crate) kept: fn(Duration) -> SweepsOf<SingleThreaded>,
}

impl SweepEvery {
    /// Returns it for this period; zero turns it off.
    pub(crate) const fn new(period: Duration) -> Option<Self> {
        if period.is_zero() {
            return None;
        }
        Some(Self {
            period,
            sent: <MultiThreaded as Threading>::Engine::sweeps,
            kept: <SingleThreaded as Threading>::Engine::sweeps,
        })
    }
}

impl fmt::Debug for SweepEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.period.fmt(f)
    }
}
