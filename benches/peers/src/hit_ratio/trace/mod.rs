//! Traces of requests, and the files they are kept in.
//!
//! Keys are numbered from 0 in the order in which they first appear. A file is gzip around what
//! `format.rs` describes.

mod format;

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
        let (requests, distinct) = format::decode(&bytes)
            .map_err(|fault| io::Error::new(io::ErrorKind::InvalidData, fault))?;
        Ok(Self { name: name.to_owned(), requests, distinct })
    }

    /// Writes the trace in the form that [`read`](Self::read) reads.
    ///
    /// # Errors
    ///
    /// If writing fails.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut encoder = GzEncoder::new(to, Compression::best());
        encoder.write_all(&format::encode(&self.requests, self.distinct))?;
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

    #[test]
    fn the_traces_of_a_folder_are_those_of_the_suffix() {
        let folder = std::env::temp_dir().join(format!("evermemo-traces-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, keys) in [("b", vec![3, 4, 3]), ("a", vec![9])] {
            let file = File::create(folder.join(format!("{name}{SUFFIX}"))).unwrap();
            Trace::of(name, keys).write(file).unwrap();
        }
        fs::write(folder.join("README.md"), "no trace").unwrap();
        let all = Trace::all(&folder).unwrap();
        fs::write(folder.join(format!("c{SUFFIX}")), "no trace").unwrap();
        let error = Trace::all(&folder).unwrap_err();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(all, [Trace::of("a", [9]), Trace::of("b", [3, 4, 3])]);
        assert!(error.to_string().contains("c.trc.gz"), "{error}");
    }
}
