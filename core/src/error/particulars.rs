//! The particulars of a failed load.

use core::{
    fmt::{self, Display},
    time::Duration,
};

use crate::key::MethodName;

/// The particulars of a failed load that its error shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Particulars {
    pub(crate) method: Option<MethodName>,
    /// The timeout of the load.
    pub(crate) timeout: Option<Duration>,
}

impl Particulars {
    pub(crate) const UNKNOWN: Self = Self { method: None, timeout: None };

    /// Returns the words for the load in a sentence.
    pub(super) const fn load(&self) -> impl Display {
        LoadLabel(self.method)
    }
}

struct LoadLabel(Option<MethodName>);

impl Display for LoadLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(method) => write!(f, "the load of `{method}`"),
            None => f.write_str("the load"),
        }
    }
}
