//! Compression as bzip2 does it.

use std::io::Read;

use bzip2::{Compression, bufread::BzDecoder, read::BzEncoder};

use super::binary::BinaryEncoding;
use crate::serde::SerDeError;

use alloc::{format, vec::Vec};

/// Compresses payloads, each as a bzip2 stream with its checksums: smaller than a
/// [`Zip`](super::Zip), but slower.
///
/// Reading a payload takes up to 4 MB for a moment, whatever its length.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, Bz2};
///
/// let packed = Bz2.encode(&[7; 1_000])?;
/// assert!(packed.len() < 50);
/// assert_eq!(Bz2.decode(&packed, 1_000)?, [7; 1_000]);
/// assert!(Bz2.decode(&packed, 999).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Bz2;

impl BinaryEncoding for Bz2 {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        let mut encoded = Vec::new();
        let written = BzEncoder::new(bytes, Compression::best()).read_to_end(&mut encoded);
        written.map_err(|error| SerDeError::new("write a bzip2 stream", error))?;
        Ok(encoded)
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        const TRIED: &str = "read a bzip2 stream";
        let (mut decoder, mut decoded) = (BzDecoder::new(encoded), Vec::new());
        // One byte more than allowed distinguishes a stream that just fits from one that goes on.
        let most = u64::try_from(bound).unwrap_or(u64::MAX).saturating_add(1);
        let read = decoder.by_ref().take(most).read_to_end(&mut decoded);
        read.map_err(|error| SerDeError::new(TRIED, error))?;
        if decoded.len() > bound {
            return Err(SerDeError::new(TRIED, format!("it exceeds {bound} bytes")));
        }
        // Reads to the end of the stream, where its checksum is.
        let over = decoder.read(&mut [0]).map_err(|error| SerDeError::new(TRIED, error))?;
        match over == 0 && decoder.into_inner().is_empty() {
            true => Ok(decoded),
            false => Err(SerDeError::new(TRIED, "bytes follow the stream")),
        }
    }
}
