//! Compression with zlib, under a name of its own.

use super::{EncodingSerDe, SerDe, SerDeError, Zip};
use crate::entry::WallEntry;

use alloc::vec::Vec;

/// Compresses what another [`SerDe`] writes: an [`EncodingSerDe`] by [`Zip`].
///
/// # Examples
///
/// ```
/// use evermemo_core::{JsonSerDe, SerDe, WallEntry, ZlibSerDe};
///
/// let serde = ZlibSerDe::new(JsonSerDe::default()).with_limit(1024);
/// let entry = WallEntry::new("a".repeat(900), Default::default());
/// let bytes = serde.serialize(&entry)?;
/// assert!(bytes.len() < 150);
/// assert_eq!(serde.deserialize(&bytes)?, entry);
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ZlibSerDe<S>(EncodingSerDe<S, Zip>);

impl<S> ZlibSerDe<S> {
    /// Compresses what `inner` writes, up to 64 MiB of it.
    #[must_use]
    pub const fn new(inner: S) -> Self {
        Self(EncodingSerDe::zip(inner))
    }

    /// Sets how many bytes a payload may have before compression; see
    /// [`EncodingSerDe::with_limit`].
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        Self(self.0.with_limit(bytes))
    }
}

impl<V, S: SerDe<V>> SerDe<V> for ZlibSerDe<S> {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        self.0.serialize(entry)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        self.0.deserialize(bytes)
    }
}
