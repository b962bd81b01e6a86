//! What stands around payloads: an envelope, or nothing.

use super::{
    compression::{self, Compression, decompress},
    envelope::{self, Addressed, Opened, Refusal},
};
use crate::{entry::WallEntry, sealed::Sealed, serde::SerDeError};

use alloc::{borrow::Cow, vec::Vec};

/// The default of [`EncodedCacheStorage::with_limit`](super::EncodedCacheStorage::with_limit):
/// 64 MiB.
const LIMIT: usize = 64 * 1024 * 1024;

/// States what stands around the payloads of an
/// [`EncodedCacheStorage`](super::EncodedCacheStorage). Sealed: [`Enveloped`] and [`Bare`] are the
/// two answers.
pub trait Wrapping: Sealed + Copy + Send + Sync + 'static {
    #[doc(hidden)]
    fn wrap<V>(
        &self,
        key: &str,
        entry: &WallEntry<V>,
        payload: Vec<u8>,
    ) -> Result<Vec<u8>, SerDeError>;

    /// Returns the payload, `None` if there is none.
    #[doc(hidden)]
    fn unwrap<'a>(&self, key: &str, bytes: &'a [u8]) -> Unwrapped<'a>;
}

/// What has been read.
#[doc(hidden)]
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it is hidden")]
pub enum Unwrapped<'a> {
    Payload(Cow<'a, [u8]>),
    Nothing,
    /// It may be a payload of before there were envelopes.
    Naked(SerDeError),
    Refused(SerDeError),
}

impl Sealed for Enveloped {}
impl Sealed for Bare {}

/// Payloads in an envelope, which says what they are of and shows each damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Enveloped {
    pub(super) schema: u32,
    pub(super) compression: Option<(usize, Compression)>,
    pub(super) limit: usize,
}

impl Enveloped {
    pub(super) const DEFAULT: Self = Self { schema: 0, compression: None, limit: LIMIT };
}

/// Payloads alone, as py-memoize writes and reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Bare;

impl Wrapping for Enveloped {
    fn wrap<V>(
        &self,
        key: &str,
        entry: &WallEntry<V>,
        payload: Vec<u8>,
    ) -> Result<Vec<u8>, SerDeError> {
        let Self { schema, compression, limit } = *self;
        if payload.len() > limit {
            return Err(SerDeError::too_long("wrap the payload", payload.len(), limit));
        }
        let plain = (compression::NONE, payload);
        let (compression, payload) = match compression {
            Some((above, by)) if plain.1.len() > above => match by.compress(&plain.1)? {
                compressed if compressed.len() < plain.1.len() => (by.number(), compressed),
                _ => plain,
            },
            _ => plain,
        };
        Ok(envelope::seal(&Addressed { key, schema, compression }, entry, &payload))
    }

    fn unwrap<'a>(&self, key: &str, bytes: &'a [u8]) -> Unwrapped<'a> {
        match envelope::open(bytes, key, self.schema) {
            Ok(Opened::Payload { compression: compression::NONE, bytes }) => {
                Unwrapped::Payload(Cow::Borrowed(bytes))
            }
            Ok(Opened::Payload { compression, bytes }) => {
                match decompress(compression, bytes, self.limit) {
                    Ok(payload) => Unwrapped::Payload(Cow::Owned(payload)),
                    Err(error) => Unwrapped::Refused(error),
                }
            }
            Ok(Opened::Nothing) => Unwrapped::Nothing,
            Err(refusal @ Refusal::Bare) => Unwrapped::Naked(refusal.into()),
            Err(refusal) => Unwrapped::Refused(refusal.into()),
        }
    }
}

impl Wrapping for Bare {
    fn wrap<V>(
        &self,
        _key: &str,
        _entry: &WallEntry<V>,
        payload: Vec<u8>,
    ) -> Result<Vec<u8>, SerDeError> {
        Ok(payload)
    }

    fn unwrap<'a>(&self, _key: &str, bytes: &'a [u8]) -> Unwrapped<'a> {
        Unwrapped::Payload(Cow::Borrowed(bytes))
    }
}
