//! Evermemo beside other caches.

extern crate alloc;

pub mod hit_ratio;
pub mod side_by_side;
