//! Compression as Zstandard does it.

use std::io::Read;

use zstd::{bulk::compress, stream::read::Decoder};

use super::binary::BinaryEncoding;
use crate::serde::SerDeError;

use alloc::{format, vec::Vec};

/// The usual compromise between speed and size.
const LEVEL: i32 = 3;

/// The longest distance that a reader remembers, as a power of two of bytes. Writers use 2 MiB.
const WINDOW: u32 = 23;

/// Compresses payloads, each as a Zstandard frame (RFC 8878): smaller than a
/// [`Zip`](super::Zip), and quicker to read.
///
/// Reading a payload takes up to 8 MiB for a moment, and needs no longer memory: frames that do are
/// refused.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, Zstd};
///
/// let packed = Zstd.encode(&[7; 1_000])?;
/// assert!(packed.len() < 50);
/// assert_eq!(Zstd.decode(&packed, 1_000)?, [7; 1_000]);
/// assert!(Zstd.decode(&packed, 999).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Zstd;

impl BinaryEncoding for Zstd {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        compress(bytes, LEVEL).map_err(|error| SerDeError::new("write a Zstandard frame", error))
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        let failed = |error| SerDeError::new(TRIED, error);
        let mut decoder = Decoder::with_buffer(encoded).map_err(failed)?.single_frame();
        decoder.window_log_max(WINDOW).map_err(failed)?;
        let mut decoded = Vec::new();
        // One byte more than allowed distinguishes a frame that just fits from one that goes on.
        let most = u64::try_from(bound).unwrap_or(u64::MAX).saturating_add(1);
        decoder.by_ref().take(most).read_to_end(&mut decoded).map_err(failed)?;
        if decoded.len() > bound {
            return Err(SerDeError::new(TRIED, format!("it exceeds {bound} bytes")));
        }
        match decoder.finish().is_empty() {
            true => Ok(decoded),
            false => Err(SerDeError::new(TRIED, "bytes follow the frame")),
        }
    }
}

const TRIED: &str = "read a Zstandard frame";
