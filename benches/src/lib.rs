//! What a call costs: the pieces that the programs here share.

pub mod instructions;
pub mod operations;
mod polling;
mod runtimes;

pub use self::{
    polling::{now, waits},
    runtimes::{Clocked, Still, run_tasks},
};
