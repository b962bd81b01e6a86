//! The trait of an encoding of bytes.

use crate::serde::SerDeError;

use alloc::vec::Vec;

/// Writes bytes in another form, such as compressed or as text, and reads them back.
///
/// The bytes to be read may come from anywhere: bytes that it did not write are an error, never a
/// panic.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, EncodingSerDe, JsonSerDe, SerDe, SerDeError, WallEntry};
///
/// /// Hides payloads from a casual reader.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no encoding of bytes: name `Zip`, `Base64` or `Hex`, or implement \
               `BinaryEncoding` for it"
)]
pub trait BinaryEncoding: 'static {
    /// Encodes bytes.
    ///
    /// # Errors
    ///
    /// If the bytes have no such form.
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError>;

    /// Decodes what [`encode`](Self::encode) wrote, to `bound` bytes at most.
    ///
    /// # Errors
    ///
    /// If the bytes are not exactly one payload, or a longer one; it is then decoded no further.
    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError>;
}
