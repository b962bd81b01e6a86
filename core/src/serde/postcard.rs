//! Entries in postcard.

use serde::{Serialize, de::DeserializeOwned};

use super::{SerDe, SerDeError};
use crate::entry::WallEntry;

use alloc::vec::Vec;

/// Writes entries in [postcard](https://postcard.jamesmunns.com): small and quick.
///
/// The format does not describe itself, so bytes of one type may read as another. Values that serde
/// needs a self-describing format for (`untagged`, `flatten`, `serde_json::Value`) are written in
/// [JSON](super::JsonSerDe) instead. A value type that contains itself is read by recursion as deep
/// as the bytes say: read it only from a store that no one else writes to.
///
/// # Examples
///
/// ```
/// use evermemo_core::{PostcardSerDe, SerDe, Timestamp, WallEntry};
///
/// let entry = WallEntry::new(String::from("page"), Timestamp::from_micros(7));
/// let bytes = PostcardSerDe.serialize(&entry)?;
/// assert_eq!(PostcardSerDe.deserialize(&bytes)?, entry);
/// # Ok::<(), evermemo_core::SerDeError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PostcardSerDe;

impl<V: Serialize + DeserializeOwned> SerDe<V> for PostcardSerDe {
    fn serialize(&self, entry: &WallEntry<V>) -> Result<Vec<u8>, SerDeError> {
        postcard::to_allocvec(entry)
            .map_err(|cause| SerDeError::new("write the entry in postcard", cause))
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        match postcard::take_from_bytes(bytes) {
            Ok((entry, [])) => Ok(entry),
            Ok(_) => Err(SerDeError::new("read a postcard entry", "bytes follow the entry")),
            Err(cause) => Err(SerDeError::new("read a postcard entry", cause)),
        }
    }
}
