//! Entries as bytes.

mod encoding;
mod error;
mod json;
mod postcard;
mod zlib;

#[cfg(feature = "bzip2")]
pub use self::encoding::Bz2;
#[cfg(feature = "lz4")]
pub use self::encoding::Lz4;
#[cfg(feature = "zstd")]
pub use self::encoding::Zstd;
pub use self::{
    encoding::{Base64, BinaryEncoding, EncodingSerDe, Hex, Zip},
    error::SerDeError,
    json::{Converting, JsonSerDe, Unconverted},
    postcard::PostcardSerDe,
    zlib::ZlibSerDe,
};

use crate::entry::WallEntry;

use alloc::vec::Vec;

/// Writes entries as bytes and reads them back.
///
/// The bytes to be read may come from anywhere: bytes that it did not write are an error, never a
/// panic or an allocation out of proportion to their length.
///
/// # Examples
///
/// ```
/// use evermemo_core::{PostcardSerDe, SerDe, SerDeError, WallEntry};
///
/// /// Marks payloads with the version of the values inside.
/// struct Versioned<S>(u8, S);
///
/// impl<V, S: SerDe<V>> SerDe<V> for Versioned<S> {
///     fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
///         let mut bytes = self.1.serialize(entry)?;
///         bytes.push(self.0);
///         Ok(bytes)
///     }
///     fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
///         match bytes.split_last() {
///             Some((version, entry)) if *version == self.0 => self.1.deserialize(entry),
///             _ => Err(SerDeError::new("read the version", "it is another one")),
///         }
///     }
/// }
///
/// let entry = WallEntry::new(7_u32, Default::default());
/// let bytes = Versioned(1, PostcardSerDe).serialize(&entry)?;
/// assert_eq!(Versioned(1, PostcardSerDe).deserialize(&bytes)?, entry);
/// let newer: Result<WallEntry<u32>, _> = Versioned(2, PostcardSerDe).deserialize(&bytes);
/// assert_eq!(newer.unwrap_err().to_string(), "could not read the version");
/// # Ok::<(), SerDeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` writes no entries of values `{V}`: implement `SerDe<{V}>` for it",
    note = "the ones that come with the crate need `{V}: Serialize + DeserializeOwned`"
)]
pub trait SerDe<V>: 'static {
    /// Writes an entry.
    ///
    /// # Errors
    ///
    /// If the entry has no form in this format.
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError>;

    /// Reads an entry that [`serialize`](Self::serialize) wrote.
    ///
    /// # Errors
    ///
    /// If the bytes are not exactly one entry.
    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError>;
}
