//! Payloads in another form than the one in which they are written.

#[cfg(feature = "bzip2")]
mod bz2;
mod text;
mod zip;

#[cfg(feature = "bzip2")]
pub use self::bz2::Bz2;
pub use self::{
    text::{Base64, Hex},
    zip::Zip,
};

use super::{SerDe, SerDeError};
use crate::entry::WallEntry;

use alloc::{format, vec::Vec};

/// The default of [`EncodingSerDe::with_limit`]: 64 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

/// Writes bytes in another form, such as a compressed one or text, and reads them back.
///
/// What is read may come from anywhere: a reader answers bytes that it did not write with an error,
/// never with a panic.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, EncodingSerDe, JsonSerDe, SerDe, SerDeError, WallEntry};
///
/// /// Hides payloads from those who only glance at them.
/// struct Masked(u8);
///
/// impl BinaryEncoding for Masked {
///     fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
///         Ok(bytes.iter().map(|byte| byte ^ self.0).collect())
///     }
///     fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
///         match encoded.len() <= bound {
///             true => self.encode(encoded),
///             false => Err(SerDeError::new("unmask a payload", "it is too long")),
///         }
///     }
/// }
///
/// let serde = EncodingSerDe::new(JsonSerDe::default(), Masked(0x55));
/// let entry = WallEntry::new(7_u32, Default::default());
/// assert_eq!(serde.deserialize(&serde.serialize(&entry)?)?, entry);
/// # Ok::<(), SerDeError>(())
/// ```
pub trait BinaryEncoding: 'static {
    /// Encodes bytes.
    ///
    /// # Errors
    ///
    /// When the bytes have no such form.
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError>;

    /// Decodes what [`encode`](Self::encode) wrote, to `bound` bytes at most.
    ///
    /// # Errors
    ///
    /// When the bytes are not exactly one payload, or one that is longer than that; it is not decoded
    /// any further then.
    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError>;
}

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
    /// More is an error: of a payload to be written, and of one to be read before it is decoded any
    /// further. With 0 nothing can be written or read; `usize::MAX` sets no bound.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        Self { limit: bytes, ..self }
    }
}

impl<V, S: SerDe<V>, E: BinaryEncoding> SerDe<V> for EncodingSerDe<S, E> {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        let bytes = self.serde.serialize(entry)?;
        if bytes.len() > self.limit {
            let cause = format!("it has {} bytes, the limit is {}", bytes.len(), self.limit);
            return Err(SerDeError::new("encode the entry", cause));
        }
        self.encoding.encode(&bytes)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        let decoded = self.encoding.decode(bytes, self.limit)?;
        if decoded.len() > self.limit {
            let cause = format!("it has {} bytes, the limit is {}", decoded.len(), self.limit);
            return Err(SerDeError::new("decode the entry", cause));
        }
        self.serde.deserialize(&decoded)
    }
}
