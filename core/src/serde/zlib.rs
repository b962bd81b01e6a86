//! Payloads under compression.

use miniz_oxide::{
    deflate::compress_to_vec_zlib,
    inflate::{
        TINFLStatus,
        core::{DecompressorOxide, decompress, inflate_flags},
    },
};

use super::{SerDe, SerDeError};
use crate::entry::WallEntry;

use alloc::{boxed::Box, format, vec, vec::Vec};

/// The default of [`ZlibSerDe::with_limit`]: 64 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

/// The usual middle between speed and size.
const LEVEL: u8 = 6;

/// Compresses what another [`SerDe`] writes, as a zlib stream with its checksum.
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
pub struct ZlibSerDe<S> {
    inner: S,
    limit: usize,
}

impl<S> ZlibSerDe<S> {
    /// Compresses what `inner` writes, up to 64 MiB of it.
    #[must_use]
    pub const fn new(inner: S) -> Self {
        Self { inner, limit: LIMIT }
    }

    /// Sets how many bytes a payload may have before compression.
    ///
    /// More is an error: of a payload to be written, and of one to be read before it is unpacked
    /// any further. With 0 nothing can be written or read; `usize::MAX` sets no bound.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        Self { limit: bytes, ..self }
    }
}

impl<V, S: SerDe<V>> SerDe<V> for ZlibSerDe<S> {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        let bytes = self.inner.serialize(entry)?;
        if bytes.len() > self.limit {
            let cause = format!("it has {} bytes, the limit is {}", bytes.len(), self.limit);
            return Err(SerDeError::new("compress the entry", cause));
        }
        Ok(compress_to_vec_zlib(&bytes, LEVEL))
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        self.inner.deserialize(&inflate(bytes, self.limit)?)
    }
}

/// Inflates exactly one zlib stream of at most `limit` bytes.
///
/// miniz_oxide's own bounded function says nothing of bytes that follow the stream.
fn inflate(mut input: &[u8], limit: usize) -> Result<Vec<u8>, SerDeError> {
    const FLAGS: u32 = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let failed = |cause| SerDeError::new("read a zlib stream", cause);

    // One byte more than allowed tells a stream that just fits from one that goes on.
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
