//! Entries in postcard.

mod skipped;

use serde::{Serialize, de::DeserializeOwned};

use self::skipped::refuse_skipped;
use super::{SerDe, SerDeError};
use crate::entry::WallEntry;

use alloc::{format, vec::Vec};

/// Writes entries in [postcard](https://postcard.jamesmunns.com): small and quick.
///
/// The format does not describe itself, so bytes of one type may read as another. Values that serde
/// needs a self-describing format for (`untagged`, `flatten`, `serde_json::Value`) are written in
/// [JSON](super::JsonSerDe) instead.
///
/// A value that would be read back as another one is refused when it is written: one of whose
/// fields `skip_serializing_if` leaves out, and one of a type whose `Serialize` and `Deserialize`
/// disagree on its fields, as with `skip_serializing` alone. For that, what is written is read once
/// and measured. The same happens to a type that changes what it reads, such as one that trims its
/// text, if that changes the length. Such values are written in JSON, or with a form of their own
/// by [`JsonSerDe::converting`](super::JsonSerDe::converting).
///
/// A value type that contains itself is read by recursion as deep
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
        refuse_skipped(&entry.value).map_err(|cause| SerDeError::new(WRITE, cause))?;
        let written =
            postcard::to_allocvec(entry).map_err(|cause| SerDeError::new(WRITE, cause))?;
        refuse_misread::<V>(&written)?;
        Ok(written)
    }

    fn deserialize(&self, bytes: &[u8]) -> Result<WallEntry<V>, SerDeError> {
        match postcard::take_from_bytes(bytes) {
            Ok((entry, [])) => Ok(entry),
            Ok(_) => Err(SerDeError::new("read a postcard entry", "bytes follow the entry")),
            Err(cause) => Err(SerDeError::new("read a postcard entry", cause)),
        }
    }
}

const WRITE: &str = "write the entry in postcard";

/// Reads what has been written, and writes that.
///
/// Only the lengths are compared: a hash map may list its entries in another order. If fields are
/// read that were not written, or the reverse, the lengths differ by them.
fn refuse_misread<V: Serialize + DeserializeOwned>(written: &[u8]) -> Result<(), SerDeError> {
    let read: WallEntry<V> = PostcardSerDe
        .deserialize(written)
        .map_err(|cause| SerDeError::new("read the entry back from postcard", cause))?;
    let length = postcard::experimental::serialized_size(&read)
        .map_err(|cause| SerDeError::new(WRITE, cause))?;
    match length == written.len() {
        true => Ok(()),
        false => {
            let cause = format!(
                "it reads back as another value, of {length} bytes instead of {}: the type's \
                 `Serialize` and `Deserialize` have other fields",
                written.len()
            );
            Err(SerDeError::new(WRITE, cause))
        }
    }
}
