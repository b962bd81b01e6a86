//! Caches of keys without values, one policy each.
//!
//! Keys are numbers below the trace's count of distinct keys, so what a simulator knows of a key is
//! kept in an array.

mod fifo;
mod ghost;
mod lru;
mod opt;
mod s3_fifo;
mod s3_tiny_lfu;
mod sketch;

pub use self::{fifo::Fifo, lru::Lru, opt::Opt, s3_fifo::S3Fifo, s3_tiny_lfu::S3TinyLfu};

#[cfg(test)]
mod tests;
