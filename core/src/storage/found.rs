//! The result of a look-up.

use crate::entry::CacheEntry;

/// The result of a look-up: an entry, nothing, or the storage's error.
///
/// # Examples
///
/// ```
/// use evermemo_core::{CacheEntry, Found, Instant};
/// use std::num::ParseIntError;
///
/// /// Reads the price that a file has of an article.
/// fn read(line: Option<&str>, now: Instant) -> Found<u32, ParseIntError> {
///     let Some(text) = line else { return Ok(None) };
///     Ok(Some(CacheEntry::new(text.parse()?, now)))
/// }
///
/// assert_eq!(read(None, Instant::ZERO)?, None);
/// assert_eq!(read(Some("108"), Instant::ZERO)?.map(|entry| entry.value), Some(108));
/// assert!(read(Some("?"), Instant::ZERO).is_err());
/// # Ok::<(), ParseIntError>(())
/// ```
pub type Found<V, E> = Result<Option<CacheEntry<V>>, E>;

/// Maps the entry or the error. Large values would need a lot of the stack in one `map` inside
/// another.
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
