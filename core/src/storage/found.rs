//! What a storage answers.

use crate::entry::CacheEntry;

/// What a look-up yields: an entry, nothing, or the storage's error.
pub type Found<V, E> = Result<Option<CacheEntry<V>>, E>;

/// Makes another value or another error of what was found. Large values would need a lot of the stack
/// in one `map` inside another.
pub(crate) fn mapped<V, W, E, F>(
    found: Found<V, E>,
    map: impl FnOnce(V) -> W,
    map_error: impl FnOnce(E) -> F,
) -> Found<W, F> {
    match found {
        Ok(Some(entry)) => Ok(Some(entry.map(map))),
        Ok(None) => Ok(None),
        Err(error) => Err(map_error(error)),
    }
}
