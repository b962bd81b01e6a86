//! What a call costs: the pieces that the programs here share.

extern crate alloc;

pub mod instructions;
pub mod operations;
mod polling;
mod runtimes;

pub use self::{
    polling::{now, waits},
    runtimes::{Clocked, Still, run_tasks},
};
