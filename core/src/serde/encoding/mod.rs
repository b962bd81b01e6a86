//! Payloads in another form than the one in which they are written.

mod binary;
#[cfg(feature = "bzip2")]
mod bz2;
mod encoded;
mod text;
mod zip;

#[cfg(feature = "bzip2")]
pub use self::bz2::Bz2;
pub use self::{
    binary::BinaryEncoding,
    encoded::EncodingSerDe,
    text::{Base64, Hex},
    zip::Zip,
};
