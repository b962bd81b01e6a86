//! The files that the server reads, and what is in them.

use std::{
    env, fmt,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
    str::FromStr,
    time::SystemTime,
};

use crate::zipf::Numbers;

/// A directory of files with a reading on each line, removed in the end.
pub struct Files {
    directory: PathBuf,
    summaries: Vec<Summary>,
}

/// What the readings of one file come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    pub readings: u64,
    pub sum: u64,
    pub least: u64,
    pub greatest: u64,
}

impl Files {
    /// Writes files of 500 to 2,500 readings into a new directory.
    pub fn write(count: u32) -> io::Result<Self> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let unique = since.map_or(0, |since| since.as_nanos());
        let directory = env::temp_dir().join(format!("evermemo-{}-{unique}", process::id()));
        fs::create_dir(&directory)?;
        // Made before the files are, so that it removes them if one cannot be written.
        let mut files = Self { directory, summaries: Vec::new() };
        let mut numbers = Numbers::new(7);
        for file in 0..count {
            let summary = write(&path(&files.directory, file), &mut numbers)?;
            files.summaries.push(summary);
        }
        Ok(files)
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn count(&self) -> u32 {
        self.summaries.len() as u32
    }

    /// What the readings came to when they were written.
    pub fn summary(&self, file: u32) -> Summary {
        self.summaries[file as usize]
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("main_job: {} is left behind: {error}", self.directory.display());
        }
    }
}

pub fn path(directory: &Path, file: u32) -> PathBuf {
    directory.join(format!("{file}.readings"))
}

fn write(path: &Path, numbers: &mut Numbers) -> io::Result<Summary> {
    let mut file = BufWriter::new(File::create_new(path)?);
    let mut summary = Summary::EMPTY;
    for line in 0..500 + numbers.below(2_001) {
        let reading = numbers.below(1_000_000);
        writeln!(file, "sensor-{:02} {reading}", line % 60)?;
        summary.add(reading);
    }
    file.flush()?;
    Ok(summary)
}

impl Summary {
    pub const EMPTY: Self = Self { readings: 0, sum: 0, least: u64::MAX, greatest: 0 };

    pub fn add(&mut self, reading: u64) {
        self.readings += 1;
        self.sum += reading;
        self.least = self.least.min(reading);
        self.greatest = self.greatest.max(reading);
    }
}

/// As it goes over the wire.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.readings, self.sum, self.least, self.greatest)
    }
}

impl FromStr for Summary {
    type Err = io::Error;

    fn from_str(text: &str) -> io::Result<Self> {
        let numbers: Result<Vec<u64>, _> = text.split_whitespace().map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[readings, sum, least, greatest]) => Ok(Self { readings, sum, least, greatest }),
            _ => Err(io::Error::other(format!("the server answered {text:?}"))),
        }
    }
}
