//! The end of a cache's work: waiting for what is in progress, and letting nothing new begin.

#[cfg(feature = "std")]
mod drain;
mod under_way;
mod unfinished;

pub(crate) use self::under_way::{UnderWay, close};
#[cfg(not(feature = "std"))]
pub(crate) use self::unfinished::Unfinished;
#[cfg(feature = "std")]
pub use self::{drain::Drain, unfinished::Unfinished};
