//! Random histories of a cache, each checked against a model of what it promises.
//!
//! A seed stands for a configuration and a list of operations ([`Scenario`]). [`run()`] plays it on
//! virtual time, so that equal seeds take equal steps, and says what happened that must not.
//! [`on_runtime`] plays the clients of a seed on any other runtime.

#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program has std")]

mod between;
mod block;
mod caller;
mod client;
mod dice;
mod history;
mod load;
mod model;
mod observer;
mod operation;
mod registry;
mod remote;
mod report;
mod resilience;
mod run;
mod scenario;
mod shrink;
mod sited;
mod sites;
mod stage;
mod standing;
mod strategy;
mod subject;
mod theme;
mod timers;
mod wishes;
mod world;

pub use crate::{
    operation::Operation,
    report::Report,
    run::{Run, on_runtime, run},
    scenario::{Scenario, Setup},
    shrink::shrink,
};
