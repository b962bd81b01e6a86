//! What evermemo promises, on every runtime; `docs/promises.md` lists the promises.
#![allow(
    clippy::alloc_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests have std"
)]

mod call_path;
mod calls;
mod changes;
mod configuration;
mod eviction;
mod fencing;
mod flights;
mod freshness;
mod invalidation;
mod keys;
mod large;
mod looking;
mod postprocessing;
mod serde;
mod statuses;
mod storage_failures;
