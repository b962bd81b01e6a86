//! What stands around a payload outside the process, and is checked before any of it is used.
//!
//! | bytes | what |
//! |--:|---|
//! | 2 | `eM` |
//! | 1 | `v` for a value, `m` for a marker in its place, which has none |
//! | 1 | the format: 1 |
//! | 16 | the token of this write: what differs has another one |
//! | 8 | the number of the write among all of a shared store; 0 in any other |
//! | 32 | created, stale from, expired from, retained until: wall-clock milliseconds |
//! | 4 | the schema of the value |
//! | 1 | the compression of the payload |
//! | 1 + 8n | the tags: how many, and 8 bytes of each |
//! | 16 | the first of the SHA-256 of the key |
//! | 4 | CRC-32C of everything but these four bytes |
//! | | the payload |
//!
//! Numbers are little-endian.

use core::fmt;

use crc::{CRC_32_ISCSI, Crc, Table};
use sha2::{Digest, Sha256};

use crate::{entry::WallEntry, serde::SerDeError, time::Timestamp};

use alloc::{format, string::String, vec::Vec};

const MAGIC: [u8; 2] = *b"eM";
const VALUE: u8 = b'v';
const MARKER: u8 = b'm';
const FORMAT: u8 = 1;

/// Where the number of tags stands.
const TAGS: usize = 65;
/// The length without tags.
const SHORTEST: usize = TAGS + 1 + ECHO + CHECKSUM;
const ECHO: usize = 16;
const CHECKSUM: usize = 4;

/// As iSCSI has it, and the processors' own instructions.
static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// The data of an envelope that its writer chooses.
pub(super) struct Addressed<'a> {
    pub(super) key: &'a str,
    pub(super) schema: u32,
    pub(super) compression: u8,
}

/// What an envelope holds for its reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened<'a> {
    Payload {
        compression: u8,
        bytes: &'a [u8],
    },
    /// A marker: the key has no value.
    Nothing,
}

/// Why there is no payload to be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It does not begin as an envelope does, with neither byte: it may be a payload alone.
    Bare,
    Cut(usize),
    NoEnvelope,
    Format(u8),
    Kind(u8),
    Damaged,
    AnotherKey,
    Schema {
        theirs: u32,
        ours: u32,
    },
}

/// Puts a payload into an envelope.
pub(super) fn seal<V>(to: &Addressed<'_>, entry: &WallEntry<V>, payload: &[u8]) -> Vec<u8> {
    let times = [entry.created, entry.update_after, entry.expires_after, entry.retain_until];
    let echo = echo(to.key);
    let mut bytes = Vec::with_capacity(SHORTEST + payload.len());
    bytes.extend(MAGIC);
    bytes.extend([VALUE, FORMAT]);
    bytes.extend(token(to, times, payload));
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(times.into_iter().flat_map(|time| millis(time).to_le_bytes()));
    bytes.extend(to.schema.to_le_bytes());
    bytes.extend([to.compression, 0]);
    bytes.extend(echo);
    bytes.extend(checksum(&bytes, payload).to_le_bytes());
    bytes.extend(payload);
    bytes
}

/// Takes the payload of `key` out of its envelope.
pub(super) fn open<'a>(bytes: &'a [u8], key: &str, schema: u32) -> Result<Opened<'a>, Refusal> {
    let [first, second, kind, format, ..] = *bytes else { return Err(Refusal::Cut(bytes.len())) };
    match [first == MAGIC[0], second == MAGIC[1]] {
        [true, true] => {}
        [false, false] => return Err(Refusal::Bare),
        _ => return Err(Refusal::NoEnvelope),
    }
    // Others are laid out as they like.
    if format != FORMAT {
        return Err(Refusal::Format(format));
    }
    let tags = bytes.get(TAGS).ok_or(Refusal::Cut(bytes.len()))?;
    let head = TAGS + 1 + 8 * usize::from(*tags) + ECHO;
    let (Some(sealed), Some(sum)) = (bytes.get(..head), bytes.get(head..head + CHECKSUM)) else {
        return Err(Refusal::Cut(bytes.len()));
    };
    let payload = &bytes[head + CHECKSUM..];
    if checksum(sealed, payload).to_le_bytes() != *sum {
        return Err(Refusal::Damaged);
    }
    if sealed[head - ECHO..] != echo(key) {
        return Err(Refusal::AnotherKey);
    }
    match kind {
        VALUE => {}
        MARKER => return Ok(Opened::Nothing),
        kind => return Err(Refusal::Kind(kind)),
    }
    let mut theirs = [0; 4];
    theirs.copy_from_slice(&sealed[60..64]);
    let theirs = u32::from_le_bytes(theirs);
    match theirs == schema {
        true => Ok(Opened::Payload { compression: sealed[64], bytes: payload }),
        false => Err(Refusal::Schema { theirs, ours: schema }),
    }
}

/// Names a write by what is written, so that two writes of the same are the same.
fn token(to: &Addressed<'_>, times: [Timestamp; 4], payload: &[u8]) -> [u8; 16] {
    let mut digest = Sha256::new();
    digest.update(to.schema.to_le_bytes());
    digest.update([to.compression]);
    for time in times {
        digest.update(time.as_micros().to_le_bytes());
    }
    digest.update((payload.len() as u64).to_le_bytes());
    digest.update(CRC_32C.checksum(payload).to_le_bytes());
    digest.update(to.key);
    first_half(digest)
}

fn echo(key: &str) -> [u8; ECHO] {
    first_half(Sha256::new_with_prefix(key))
}

fn first_half(digest: Sha256) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest.finalize()[..16]);
    half
}

fn checksum(head: &[u8], payload: &[u8]) -> u32 {
    let mut digest = CRC_32C.digest();
    digest.update(head);
    digest.update(payload);
    digest.finalize()
}

const fn millis(time: Timestamp) -> u64 {
    match time.as_micros() {
        u64::MAX => u64::MAX,
        micros => micros / 1_000,
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare => f.write_str(
                "it has no envelope: it is a payload of before, or of a program that writes none, \
                 which `EncodedCacheStorage::bare` reads",
            ),
            Self::Cut(length) => write!(f, "it is cut after {length} bytes"),
            Self::NoEnvelope => f.write_str("it does not begin as an envelope does"),
            Self::Format(format) => write!(f, "its format is {format}, and {FORMAT} is known"),
            Self::Kind(kind) => write!(f, "it is of an unknown kind, {kind}"),
            Self::Damaged => f.write_str("its checksum is wrong"),
            Self::AnotherKey => f.write_str("it was written for another key"),
            Self::Schema { theirs, ours } => {
                write!(f, "its value has schema {theirs}, and {ours} is read")
            }
        }
    }
}

impl From<Refusal> for SerDeError {
    fn from(refusal: Refusal) -> Self {
        let text: String = format!("{refusal}");
        Self::new("open the envelope", text)
    }
}
