//! Traces of requests, and the files they are kept in.
//!
//! A file is gzip around
//!
//! ```text
//! 8 bytes  "HTRACE1\n"
//! u64 LE   number of requests
//! u64 LE   number of distinct keys
//! then, for each request, the LEB128 varint of zigzag(key - key before); before the first is 0
//! ```
//!
//! Keys are numbered from 0 in the order in which they first appear.

use core::{fmt, hash::Hash};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, BufReader, Read, Write},
    path::Path,
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};

/// How the names of trace files end.
pub const SUFFIX: &str = ".trc.gz";

const MAGIC: &[u8; 8] = b"HTRACE1\n";

/// Requests for numbered keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    name: String,
    requests: Vec<u32>,
    distinct: usize,
}

impl Trace {
    /// Numbers `keys` in the order in which they first appear.
    ///
    /// # Panics
    ///
    /// If there are more than `u32::MAX` distinct keys.
    pub fn of<K: Hash + Eq>(name: &str, keys: impl IntoIterator<Item = K>) -> Self {
        let mut numbers = HashMap::new();
        let requests = keys
            .into_iter()
            .map(|key| {
                let next = u32::try_from(numbers.len()).expect("keys have numbers of 32 bits");
                *numbers.entry(key).or_insert(next)
            })
            .collect();
        Self { name: name.to_owned(), requests, distinct: numbers.len() }
    }

    /// Reads all traces in the folder `from`, sorted by name.
    ///
    /// # Errors
    ///
    /// If the folder or one of its traces cannot be read; the message names the path.
    pub fn all(from: &Path) -> io::Result<Vec<Self>> {
        let named = |error: io::Error, path: &Path| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        let mut paths = fs::read_dir(from)
            .and_then(|entries| {
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()
            })
            .map_err(|error| named(error, from))?;
        paths.retain(|path| name_of(path).is_some());
        paths.sort();
        paths.iter().map(|path| Self::open(path).map_err(|error| named(error, path))).collect()
    }

    fn open(path: &Path) -> io::Result<Self> {
        let name = name_of(path).unwrap_or_default();
        Self::read(&name, BufReader::new(File::open(path)?))
    }

    /// Reads one trace.
    ///
    /// # Errors
    ///
    /// If reading fails, or if what is read is no trace: keys that are not numbered in the order
    /// of their appearance, counts that do not fit, bytes too few or too many.
    pub fn read(name: &str, from: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        MultiGzDecoder::new(from).read_to_end(&mut bytes)?;
        decode(name, &bytes).map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))
    }

    /// Writes the trace in the form that [`read`](Self::read) reads.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((self.requests.len() as u64).to_le_bytes());
        bytes.extend((self.distinct as u64).to_le_bytes());
        let mut before = 0;
        for &key in &self.requests {
            push_varint(&mut bytes, zigzag(i64::from(key) - before));
            before = i64::from(key);
        }
        let mut encoder = GzEncoder::new(to, Compression::best());
        encoder.write_all(&bytes)?;
        encoder.finish()?.flush()
    }

    /// Returns the first `count` requests, or all if there are fewer.
    #[must_use]
    pub fn first(mut self, count: usize) -> Self {
        self.requests.truncate(count);
        self.distinct = self.requests.iter().max().map_or(0, |&key| key as usize + 1);
        self
    }

    /// Returns what the trace is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the keys in the order in which they are asked for, each below
    /// [`distinct`](Self::distinct).
    #[must_use]
    pub fn requests(&self) -> &[u32] {
        &self.requests
    }

    /// Returns the number of different keys.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.distinct
    }

    /// Returns the capacity that is `percent` of the distinct keys: to the nearest, at least 1.
    #[must_use]
    pub fn capacity(&self, percent: usize) -> usize {
        ((self.distinct * percent + 50) / 100).max(1)
    }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.strip_suffix(SUFFIX)?.to_owned())
}

fn decode(name: &str, bytes: &[u8]) -> Result<Trace, &'static str> {
    let bytes = bytes.strip_prefix(MAGIC).ok_or("does not begin as a trace does")?;
    let (count, bytes) = split_u64(bytes)?;
    let (distinct, mut bytes) = split_u64(bytes)?;
    if u32::try_from(distinct).is_err() || distinct > count {
        return Err("has more distinct keys than it may");
    }
    // Each request takes at least a byte, so a count that lies reserves no more than was read.
    let mut requests = Vec::with_capacity((count as usize).min(bytes.len()));
    let (mut before, mut seen) = (0, 0);
    for _ in 0..count {
        let key = before + unzigzag(take_varint(&mut bytes)?);
        if !(0..=seen).contains(&key) || key >= distinct as i64 {
            return Err("has a key that is not numbered by its first appearance");
        }
        seen = seen.max(key + 1);
        before = key;
        requests.push(key as u32);
    }
    match (seen == distinct as i64, bytes) {
        (true, []) => Ok(Trace { name: name.to_owned(), requests, distinct: distinct as usize }),
        (false, _) => Err("has fewer distinct keys than it says"),
        (_, _) => Err("goes on after its last request"),
    }
}

fn split_u64(bytes: &[u8]) -> Result<(u64, &[u8]), &'static str> {
    let (number, rest) = bytes.split_first_chunk().ok_or("ends early")?;
    Ok((u64::from_le_bytes(*number), rest))
}

/// Keys have 32 bits, so the zigzag of a difference has 33 and takes at most 5 bytes.
fn take_varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut number = 0;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or("ends early")?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    Err("has a number that is too long")
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("name", &self.name)
            .field("requests", &self.requests.len())
            .field("distinct", &self.distinct)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// Three requests for two keys: 0, 1, 0.
    fn small() -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(3_u64.to_le_bytes());
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend([0, 2, 1]);
        bytes
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(keys in vec(0..40_000_u32, 0..300)) {
            let trace = Trace::of("some", keys);
            let mut bytes = Vec::new();
            trace.write(&mut bytes).unwrap();
            prop_assert_eq!(Trace::read("some", &bytes[..]).unwrap(), trace);
        }
    }

    #[test]
    fn keys_are_numbered_by_first_appearance() {
        let trace = Trace::of("words", "to be or not to be".split(' '));
        assert_eq!(trace.requests(), [0, 1, 2, 3, 0, 1]);
        assert_eq!(trace.distinct(), 4);
    }

    #[test]
    fn the_format_is_as_documented() {
        let trace = Trace::read("small", &packed(&small())[..]).unwrap();
        assert_eq!((trace.requests(), trace.distinct()), (&[0, 1, 0][..], 2));
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        let changed = |at: usize, to: u8| {
            let mut bytes = small();
            bytes[at] = to;
            bytes
        };
        let longer = [small(), vec![0]].concat();
        let faults = [
            (changed(0, b'h'), "does not begin"),
            (small()[..20].to_vec(), "ends early"),
            (small()[..26].to_vec(), "ends early"),
            (changed(16, 4), "more distinct keys"),
            (changed(16, 3), "fewer distinct keys"),
            (changed(25, 4), "not numbered"),
            (changed(25, 1), "not numbered"),
            (longer, "goes on"),
            ([&small()[..26], &[0x80; 6]].concat(), "too long"),
        ];
        for (bytes, fault) in faults {
            let error = Trace::read("small", &packed(&bytes)[..]).unwrap_err();
            assert!(error.to_string().contains(fault), "{error} is not {fault}");
        }
    }

    #[test]
    fn a_part_has_the_distinct_keys_of_the_part() {
        let trace = Trace::of("some", [5, 6, 5, 7, 8]).first(3);
        assert_eq!((trace.requests(), trace.distinct()), (&[0, 1, 0][..], 2));
    }

    #[test]
    fn capacities_are_rounded_to_the_nearest() {
        let trace = Trace::of("many", 0..1_050);
        assert_eq!([1, 5, 10].map(|percent| trace.capacity(percent)), [11, 53, 105]);
        assert_eq!(Trace::of("one", [1]).capacity(1), 1);
    }
}
