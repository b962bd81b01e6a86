//! What a storage answers.

use crate::entry::CacheEntry;

/// What a look-up yields: an entry, nothing, or the storage's error.
pub type Found<V, E> = Result<Option<CacheEntry<V>>, E>;
