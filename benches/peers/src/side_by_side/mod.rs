//! What calls cost, beside other caches, in interleaved rounds of one process.
//!
//! A cache takes part by a file in `peers`, which implements [`Peer`], and a line in the list
//! there. A workload is a function that makes one [`Contestant`](rounds::Contestant) of any peer,
//! and an entry of [`WORKLOADS`](workload::WORKLOADS).

pub mod attribute;
pub mod components;
pub mod curve;
mod effort;
pub mod heap;
pub mod hit;
pub mod instructions;
pub mod latency;
pub mod layouts;
pub mod lines;
pub mod miss;
pub mod mutable;
mod on_tokio;
pub mod once;
pub mod pauses;
mod peer;
mod peers;
mod percentiles;
pub mod plots;
pub mod processor;
pub mod programs;
pub mod progress;
pub mod rounds;
pub mod runtimes;
pub mod sequence;
pub mod stampede;
pub mod table;
pub mod tail;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod threads;
mod together;
pub mod uniform;
pub mod workload;
pub mod zipf;

pub use self::peer::{Key, Number, Peer, Value};
