//! A load in its flight: it loads, builds, stores and evicts.

mod conclude;
mod context;
mod ending;
mod eviction;
mod permitted;
mod registered;
mod run;
mod store;
mod sweep;
mod tasks;
mod write;

pub use self::tasks::RegistryFns;
pub(crate) use self::{
    conclude::{built, conclude, due, entry, expire, started},
    context::{AgainFn, Departure, First, LoadContext, Past},
    ending::Ending,
    eviction::{evict, evict_at_once},
    permitted::Permitted,
    registered::{Looks, Registered, run_registered, tickets},
    run::{found_meanwhile, run},
    store::{offer, store},
    sweep::{Sweeping, sweep},
    tasks::TaskFns,
    write::{write, written},
};
