//! Building blocks of futures, independent of caches.

mod bell;
mod consultation;
mod detached;
mod panics;
mod timeout;

#[doc(hidden)]
pub use self::consultation::Consultation;
pub(crate) use self::{
    bell::{Bell, Listener},
    detached::detached,
    panics::{contained, contained_future, drop_contained},
    timeout::{TimedOut, until, within},
};
