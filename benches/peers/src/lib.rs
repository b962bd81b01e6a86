//! Evermemo beside other caches.

pub mod hit_ratio;
