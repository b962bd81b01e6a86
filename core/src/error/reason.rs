//! The contents of an error, and their text below its headline.

use core::{
    error::{self, Error as _},
    fmt::{self, Debug, Display},
};

use super::{
    failure::Failure,
    particulars::Particulars,
    way::{Shown, Way},
};

/// The failure of a call, and the name of its cache. As an error it is shown below the headline,
/// unless the method has an error of its own to show there.
pub(super) struct Reason<E> {
    pub(super) failure: Failure<E>,
    pub(super) joined: bool,
    pub(super) way: Way<E>,
    pub(super) of: Particulars,
}

impl<E> Reason<E> {
    /// Writes all that is below the headline, in one line.
    pub(super) fn write_below(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = match &self.failure {
            // The headline says it.
            Failure::NotConfigured | Failure::NoRuntime | Failure::Closed => None,
            Failure::Method(error) => match self.way.show(error) {
                Shown::Error(error) => Some(error),
                Shown::Text(text) => return write!(f, ": {text}"),
                Shown::Nothing | Shown::Unknown => None,
            },
            failure => {
                f.write_str(": ")?;
                failure.write(&self.of, f)?;
                match failure {
                    Failure::Storage(error) => error.source(),
                    _ => None,
                }
            }
        };
        let mut next = below;
        while let Some(error) = next {
            write!(f, ": {error}")?;
            next = error.source();
        }
        Ok(())
    }
}

impl<E: Debug> Debug for Reason<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&self.failure, f)
    }
}

impl<E: Display> Display for Reason<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            Failure::Method(error) => Display::fmt(error, f),
            failure => failure.write(&self.of, f),
        }
    }
}

impl<E: Debug + Display + 'static> error::Error for Reason<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.failure.source()
    }
}

impl<E: Debug + Display + 'static> Reason<E> {
    /// Returns the error below the headline.
    pub(super) fn below(&self) -> Option<&(dyn error::Error + 'static)> {
        match &self.failure {
            // The headline says it.
            Failure::NotConfigured | Failure::NoRuntime | Failure::Closed => None,
            Failure::Method(error) => match self.way.show(error) {
                Shown::Error(error) => Some(error),
                Shown::Text(_) | Shown::Unknown => Some(self),
                Shown::Nothing => None,
            },
            _ => Some(self),
        }
    }
}
