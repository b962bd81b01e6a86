//! Compression as LZ4 does it.

use lz4_flex::block::{compress_prepend_size, decompress, uncompressed_size};

use super::binary::BinaryEncoding;
use crate::serde::SerDeError;

use alloc::{format, vec::Vec};

/// No block holds more than so many bytes for one of its own.
const DENSEST: usize = 255;

/// Compresses payloads, each as an LZ4 block behind its length: quicker than a [`Zip`](super::Zip),
/// but larger. A payload has 4 GiB at most.
///
/// A block has no checksum: [`EncodedCacheStorage`](crate::EncodedCacheStorage) adds one to each
/// payload.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, Lz4};
///
/// let packed = Lz4.encode(&[7; 1_000])?;
/// assert!(packed.len() < 50);
/// assert_eq!(Lz4.decode(&packed, 1_000)?, [7; 1_000]);
/// assert!(Lz4.decode(&packed, 999).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Lz4;

impl BinaryEncoding for Lz4 {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        match u32::try_from(bytes.len()) {
            Ok(_) => Ok(compress_prepend_size(bytes)),
            Err(error) => Err(SerDeError::new("write an LZ4 block", error)),
        }
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        const TRIED: &str = "read an LZ4 block";
        let (length, block) =
            uncompressed_size(encoded).map_err(|error| SerDeError::new(TRIED, error))?;
        if length > bound {
            return Err(SerDeError::new(TRIED, format!("it exceeds {bound} bytes")));
        }
        // Room is made for what the length says, which may not be true.
        if length / DENSEST > block.len() {
            return Err(SerDeError::new(TRIED, format!("it cannot have {length} bytes")));
        }
        let decoded = decompress(block, length).map_err(|error| SerDeError::new(TRIED, error))?;
        match decoded.len() == length {
            true => Ok(decoded),
            false => Err(SerDeError::new(TRIED, format!("it has no {length} bytes"))),
        }
    }
}
