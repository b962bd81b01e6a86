//! Compression as zlib does it.

use miniz_oxide::{
    deflate::compress_to_vec_zlib,
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags},
    },
};

use super::binary::BinaryEncoding;
use crate::serde::SerDeError;

use alloc::{boxed::Box, format, vec, vec::Vec};

/// The usual compromise between speed and size.
const LEVEL: u8 = 6;

/// Compresses payloads, each as a zlib stream (RFC 1950) with its checksum.
///
/// # Examples
///
/// ```
/// use evermemo_core::{BinaryEncoding, Zip};
///
/// let zipped = Zip.encode(&[7; 1_000])?;
/// assert!(zipped.len() < 50);
/// assert_eq!(Zip.decode(&zipped, 1_000)?, [7; 1_000]);
/// assert!(Zip.decode(&zipped, 999).is_err());
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::exhaustive_structs, reason = "there is nothing to set")]
pub struct Zip;

impl BinaryEncoding for Zip {
    fn encode(&self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        Ok(compress_to_vec_zlib(bytes, LEVEL))
    }

    fn decode(&self, encoded: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
        inflate(encoded, bound)
    }
}

/// Inflates exactly one zlib stream of at most `limit` bytes.
///
/// miniz_oxide's own bounded function does not report bytes that follow the stream.
fn inflate(mut input: &[u8], limit: usize) -> Result<Vec<u8>, SerDeError> {
    const FLAGS: u32 = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let failed = |cause| SerDeError::new("read a zlib stream", cause);

    // One byte more than allowed distinguishes a stream that just fits from one that goes on.
    let most = limit.saturating_add(1);
    let mut inflator = Box::<DecompressorOxide>::default();
    let mut output = vec![0; input.len().saturating_mul(2).clamp(1, most)];
    let mut length = 0;
    loop {
        let (status, read, written) = decompress(&mut inflator, input, &mut output, length, FLAGS);
        input = &input[read..];
        length += written;
        match status {
            _ if length > limit => break Err(failed(format!("it exceeds {limit} bytes"))),
            TINFLStatus::Done if input.is_empty() => {
                output.truncate(length);
                break Ok(output);
            }
            TINFLStatus::Done => break Err(failed("bytes follow the stream".into())),
            TINFLStatus::HasMoreOutput if output.len() < most => {
                output.resize(output.len().saturating_mul(2).min(most), 0);
            }
            status => break Err(failed(format!("its end is {status:?}"))),
        }
    }
}
