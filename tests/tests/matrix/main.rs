//! What evermemo promises, on every runtime; `docs/promises.md` lists the promises.

mod call_path;
mod configuration;
mod eviction;
mod fencing;
mod flights;
mod freshness;
mod invalidation;
mod keys;
mod postprocessing;
mod serde;
mod statuses;
mod storage_failures;
