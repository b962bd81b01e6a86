//! What is known of a load that has failed.

use core::{
    fmt::{self, Display},
    time::Duration,
};

use crate::key::MethodName;

/// What an error tells of the load that failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Particulars {
    pub(crate) method: Option<MethodName>,
    /// How long the load may take.
    pub(crate) timeout: Option<Duration>,
}

impl Particulars {
    pub(crate) const UNKNOWN: Self = Self { method: None, timeout: None };

    /// What the load is called in a sentence.
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
