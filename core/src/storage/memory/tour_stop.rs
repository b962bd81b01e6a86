//! An entry as a tour of all shows it.

use crate::entry::CacheEntry;

/// An entry on a tour, lent under a lock.
#[doc(hidden)]
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct TourStop<'a, K, V> {
    pub key: &'a K,
    pub value: &'a V,
    pub times: CacheEntry<()>,
    pub usage: Usage,
}

/// How much an entry is asked for, and how much room it takes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "it is hidden")]
pub struct Usage {
    /// As far as they are counted: up to 3.
    pub hits: u8,
    pub weight: u32,
}

impl Default for Usage {
    /// Of an entry in a storage that does not tell.
    fn default() -> Self {
        Self { hits: 0, weight: 1 }
    }
}
