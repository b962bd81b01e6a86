//! The flight's own way: load, build, store, evict.

mod eviction;
mod launch;
mod run;
mod store;

pub use self::launch::Launchpad;
pub(crate) use self::{
    eviction::evict,
    launch::{Departure, First, launched, launched_local},
    run::{Ending, entry},
    store::{Stored, store},
};
