//! A setting that is out of its range.

use core::{error, fmt};

#[cfg(doc)]
use super::{EarlyRefresh, Jitter};

/// A setting was given a value that it cannot have.
///
/// Its text names the setting, the value and what is allowed. It comes from
/// [`Jitter::new`] and [`EarlyRefresh::new`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutOfRange {
    pub(super) setting: &'static str,
    pub(super) value: f64,
    pub(super) allowed: &'static str,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, not {}", self.setting, self.value, self.allowed)
    }
}

impl error::Error for OutOfRange {}
