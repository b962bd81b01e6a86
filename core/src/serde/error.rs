//! The error of writing or reading an entry.

use core::{error, fmt};

use alloc::{boxed::Box, format};

/// The error of an entry that could not be written as bytes, or read from them.
///
/// Its text says what failed, `could not read a JSON entry`; its source says why.
///
/// # Examples
///
/// ```
/// use evermemo_core::{JsonSerDe, SerDe, SerDeError, WallEntry};
/// use std::error::Error;
///
/// let read: Result<WallEntry<u32>, SerDeError> = JsonSerDe::default().deserialize(b"[]");
/// let error = read.unwrap_err();
/// assert_eq!(error.to_string(), "could not read a JSON entry");
/// let cause = error.source().expect("the parser says why not").to_string();
/// assert!(cause.contains("at line 1"));
/// ```
#[derive(Debug)]
pub struct SerDeError {
    tried: &'static str,
    cause: Box<dyn error::Error + Send + Sync>,
}

impl SerDeError {
    /// Makes the error of a `SerDe` that failed at `tried`, in words that follow "could not", as in
    /// `read the header`. The cause may be another error or text.
    pub fn new(tried: &'static str, cause: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self { tried, cause: cause.into() }
    }

    /// Makes the error of what has more bytes than it may.
    pub(crate) fn too_long(tried: &'static str, length: usize, limit: usize) -> Self {
        Self::new(tried, format!("it has {length} bytes, the limit is {limit}"))
    }
}

impl fmt::Display for SerDeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.tried)
    }
}

impl error::Error for SerDeError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.cause)
    }
}
