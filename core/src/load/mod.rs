//! The flight's own way: load, build, store, evict.

mod conclude;
mod ending;
mod eviction;
mod launch;
mod method;
mod plain;
mod run;
mod store;
mod sweep;

pub(crate) use self::{
    conclude::{Ran, built, conclude, entry, started},
    ending::Ending,
    eviction::evict,
    launch::{Departure, First, Past},
    method::{Local, Sendable, resumed, resumed_here},
    plain::{Fallible, Sure, fallible},
    store::{Stored, store},
    sweep::sweep,
};
pub use self::{
    launch::Launchpad,
    method::{Called, Method, Resume},
    sweep::Sweeping,
};
