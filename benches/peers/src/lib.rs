//! Evermemo beside other caches.

extern crate alloc;

pub mod side_by_side;
