//! The flight's own way: load, build, store, evict.

mod conclude;
mod context;
mod ending;
mod eviction;
mod run;
mod store;
mod sweep;
mod tasks;

pub(crate) use self::{
    conclude::{Ran, built, conclude, due, entry, expire, started},
    context::{Departure, First, LoadContext, Past},
    ending::Ending,
    eviction::{evict, evict_at_once},
    run::run,
    store::{Stored, stays_out, store},
    sweep::{Sweeping, sweep},
    tasks::TaskFns,
};
