//! Evermemo beside other caches.

extern crate alloc;

pub mod hit_ratio;
