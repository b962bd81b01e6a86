//! What is promised of entries, keys and storages that leave the process.
#![expect(
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "tests stand where users of `std` stand"
)]

#[cfg(feature = "testing")]
mod conformance;
mod encodings;
mod envelope;
mod keys;
mod payloads;
mod storage;
