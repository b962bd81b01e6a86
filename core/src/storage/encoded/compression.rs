//! How an envelope's payload is compressed.

#[cfg(feature = "bzip2")]
use crate::serde::Bz2;
#[cfg(feature = "lz4")]
use crate::serde::Lz4;
#[cfg(feature = "zstd")]
use crate::serde::Zstd;
use crate::serde::{BinaryEncoding, SerDeError, Zip};

use alloc::{format, vec::Vec};

/// The compression of payloads by [`EncodedCacheStorage`](super::EncodedCacheStorage).
///
/// Each payload says how it is compressed, so that a reader needs no setting, but the feature.
///
/// # Examples
///
/// ```
/// use evermemo_core::{ByteStore, Compression, EncodedCacheStorage, JsonSerDe};
///
/// /// Small entries stay as they are.
/// fn storage(store: impl ByteStore) -> impl Clone {
///     EncodedCacheStorage::new(store, JsonSerDe::default())
///         .with_compression(1_024, Compression::Zlib)
/// }
/// # #[derive(Default)]
/// # struct Nothing;
/// # impl ByteStore for Nothing {
/// #     type Error = std::convert::Infallible;
/// #     async fn get(&self, _: &str) -> Result<Option<Vec<u8>>, Self::Error> { Ok(None) }
/// #     async fn put(&self, _: &str, _: Vec<u8>, _: std::time::Duration)
/// #         -> Result<(), Self::Error> { Ok(()) }
/// #     async fn delete(&self, _: &str) -> Result<(), Self::Error> { Ok(()) }
/// # }
/// # let _twice = storage(Nothing).clone();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// As [`Zip`] does it.
    Zlib,
    /// As [`Bz2`] does it: the smallest.
    #[cfg(feature = "bzip2")]
    #[cfg_attr(docsrs, doc(cfg(feature = "bzip2")))]
    Bzip2,
    /// As [`Lz4`] does it: the quickest.
    #[cfg(feature = "lz4")]
    #[cfg_attr(docsrs, doc(cfg(feature = "lz4")))]
    Lz4,
    /// As [`Zstd`] does it.
    #[cfg(feature = "zstd")]
    #[cfg_attr(docsrs, doc(cfg(feature = "zstd")))]
    Zstd,
}

// What stands for them in payloads, for good.
pub(super) const NONE: u8 = 0;
const ZLIB: u8 = 1;
const BZIP2: u8 = 2;
const LZ4: u8 = 3;
const ZSTD: u8 = 4;

impl Compression {
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Zlib => ZLIB,
            #[cfg(feature = "bzip2")]
            Self::Bzip2 => BZIP2,
            #[cfg(feature = "lz4")]
            Self::Lz4 => LZ4,
            #[cfg(feature = "zstd")]
            Self::Zstd => ZSTD,
        }
    }

    pub(super) fn compress(self, bytes: &[u8]) -> Result<Vec<u8>, SerDeError> {
        match self {
            Self::Zlib => Zip.encode(bytes),
            #[cfg(feature = "bzip2")]
            Self::Bzip2 => Bz2.encode(bytes),
            #[cfg(feature = "lz4")]
            Self::Lz4 => Lz4.encode(bytes),
            #[cfg(feature = "zstd")]
            Self::Zstd => Zstd.encode(bytes),
        }
    }
}

/// Decompresses what some version of this program has compressed, to `bound` bytes at most.
pub(super) fn decompress(number: u8, bytes: &[u8], bound: usize) -> Result<Vec<u8>, SerDeError> {
    let missing = match number {
        ZLIB => return Zip.decode(bytes, bound),
        #[cfg(feature = "bzip2")]
        BZIP2 => return Bz2.decode(bytes, bound),
        #[cfg(feature = "lz4")]
        LZ4 => return Lz4.decode(bytes, bound),
        #[cfg(feature = "zstd")]
        ZSTD => return Zstd.decode(bytes, bound),
        #[allow(unreachable_patterns, reason = "it is reached without the feature")]
        BZIP2 => "compressed by bzip2: enable the feature `bzip2`",
        #[allow(unreachable_patterns, reason = "it is reached without the feature")]
        LZ4 => "compressed by LZ4: enable the feature `lz4`",
        #[allow(unreachable_patterns, reason = "it is reached without the feature")]
        ZSTD => "compressed by Zstandard: enable the feature `zstd`",
        _ => {
            let cause = format!("its compression, number {number}, is unknown");
            return Err(SerDeError::new("decompress the payload", cause));
        }
    };
    Err(SerDeError::new("decompress the payload", missing))
}
