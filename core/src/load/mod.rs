//! The flight's own way: load, build, store, evict.

mod eviction;
mod launch;
mod method;
mod run;
mod store;

pub(crate) use self::{
    eviction::evict,
    launch::{Departure, First},
    method::{Local, Sendable, resumed, resumed_here},
    run::{Ending, Ran, built, count, entry},
    store::{Stored, store},
};
pub use self::{
    launch::Launchpad,
    method::{Called, Method, Resume},
};
