//! What the tests of evermemo are written with: the matrix of runtimes, a clock that is moved by
//! hand, gates for loads, and components that tell what the cache asked of them.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]

mod by_hand;
mod dropping;
mod drops;
mod gate;
mod home;
mod made;
mod matrix;
mod nests;
mod parking;
mod polling;
mod probe;
mod recording;
mod source;

#[doc(hidden)]
pub use crate::matrix::rows;
pub use crate::{
    by_hand::{ByHand, Timed},
    dropping::Dropping,
    drops::{DropGuard, Drops},
    gate::{Gate, Gates},
    home::{Home, homebound},
    nests::{Nested, Nests},
    parking::Parking,
    polling::{all, caught, caught_now, ended, polled, stored, until, yielded},
    probe::{Event, Mode, Moment, Operation, Probe},
    recording::Recording,
    source::{Numbered, Runs},
};
#[doc(hidden)]
pub use evermemo;
