//! What futures are built with here, whatever they are for.

mod key_locks;
mod panics;
mod timeout;

pub(crate) use self::{
    key_locks::{KeyLock, KeyLocks},
    panics::{contained, contained_future, drop_contained},
    timeout::{TimedOut, until, within},
};
