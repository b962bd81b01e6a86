//! What futures are built with here, whatever they are for.

mod detached;
mod panics;
mod timeout;

pub(crate) use self::{
    detached::detached,
    panics::{contained, contained_future, drop_contained},
    timeout::{TimedOut, until, within},
};
