//! Payloads in another form than the one in which they are written.

mod binary;
#[cfg(feature = "bzip2")]
mod bz2;
mod encoded;
#[cfg(feature = "lz4")]
mod lz4;
mod text;
mod zip;
#[cfg(feature = "zstd")]
mod zstd;

#[cfg(feature = "bzip2")]
pub use self::bz2::Bz2;
#[cfg(feature = "lz4")]
pub use self::lz4::Lz4;
#[cfg(feature = "zstd")]
pub use self::zstd::Zstd;
pub use self::{
    binary::BinaryEncoding,
    encoded::EncodingSerDe,
    text::{Base64, Hex},
    zip::Zip,
};
