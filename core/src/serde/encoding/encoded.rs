//! Entries in another form than the one in which they are written.

use super::{binary::BinaryEncoding, zip::Zip};
use crate::{
    entry::WallEntry,
    serde::{SerDe, SerDeError},
};

use alloc::vec::Vec;

/// The default of [`EncodingSerDe::with_limit`]: 64 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

/// Encodes what another [`SerDe`] writes, by default as a [`Zip`].
///
/// # Examples
///
/// ```
/// use evermemo_core::{Base64, EncodingSerDe, PostcardSerDe, SerDe, WallEntry};
///
/// let entry = WallEntry::new("value".to_owned(), Default::default());
/// let text = EncodingSerDe::new(PostcardSerDe, Base64);
/// let bytes = text.serialize(&entry)?;
/// assert!(bytes.is_ascii());
/// assert_eq!(text.deserialize(&bytes)?, entry);
///
/// // One may be around another: compressed, and then as text.
/// let both = EncodingSerDe::new(EncodingSerDe::zip(PostcardSerDe), Base64);
/// assert_eq!(both.deserialize(&both.serialize(&entry)?)?, entry);
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EncodingSerDe<S, E = Zip> {
    serde: S,
    encoding: E,
    limit: usize,
}

impl<S> EncodingSerDe<S> {
    /// Compresses what `serde` writes, up to 64 MiB of it.
    #[must_use]
    pub const fn zip(serde: S) -> Self {
        Self::new(serde, Zip)
    }
}

impl<S, E> EncodingSerDe<S, E> {
    /// Encodes what `serde` writes, up to 64 MiB of it.
    #[must_use]
    pub const fn new(serde: S, encoding: E) -> Self {
        Self { serde, encoding, limit: LIMIT }
    }

    /// Sets how many bytes a payload may have before it is encoded.
    ///
    /// A longer payload is an error: when it is written, and when it is read, before it is decoded
    /// any further. With 0 nothing can be written or read; `usize::MAX` sets no bound.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        Self { limit: bytes, ..self }
    }
}

impl<V, S: SerDe<V>, E: BinaryEncoding> SerDe<V> for EncodingSerDe<S, E> {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        let bytes = self.serde.serialize(entry)?;
        if bytes.len() > self.limit {
            return Err(SerDeError::too_long("encode the entry", bytes.len(), self.limit));
        }
        self.encoding.encode(&bytes)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        let decoded = self.encoding.decode(bytes, self.limit)?;
        if decoded.len() > self.limit {
            return Err(SerDeError::too_long("decode the entry", decoded.len(), self.limit));
        }
        self.serde.deserialize(&decoded)
    }
}
