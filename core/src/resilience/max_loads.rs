//! The bound on loads that run at a time.

use core::fmt;

use crate::runtime::{AnyEngine, MultiThreaded, PermitsOf, SingleThreaded, Threading};

/// A bound on the loads that run at a time, with the engine's functions for it. A program without a
/// bound contains none of that, as only the builder's setter refers to it.
#[derive(Clone, Copy)]
pub(crate) struct MaxLoads {
    pub(crate) loads: usize,
    pub(crate) sent: fn(usize) -> PermitsOf<MultiThreaded>,
    pub(crate) kept: fn(usize) -> PermitsOf<SingleThreaded>,
}

impl MaxLoads {
    pub(crate) const fn new(loads: usize) -> Self {
        Self {
            loads,
            sent: <MultiThreaded as Threading>::Engine::permits,
            kept: <SingleThreaded as Threading>::Engine::permits,
        }
    }
}

impl fmt::Debug for MaxLoads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.loads.fmt(f)
    }
}
