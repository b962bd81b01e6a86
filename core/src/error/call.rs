//! The error of a call.

use core::{
    error,
    fmt::{self, Debug, Display},
};

use super::{
    failure::{CLOSED, Failure, NO_RUNTIME, NOT_CONFIGURED},
    kind::ErrorKind,
    particulars::Particulars,
    reason::Reason,
    way::Way,
};
use crate::sync::Arc;

/// Why a memoized call failed.
///
/// All callers that waited for one load get the same cause: cloning shares it. `{}` writes the
/// headline, which is one of `refresh failed to complete`, `refresh timed out`, `concurrent refresh
/// failed to complete` (for joiners); that of a call without a configuration or a runtime, which
/// could not begin, says so. The text promises nothing beyond that. `{:#}` writes the headline and
/// all that is below it in one line; for a timeout or a panic that names the method.
///
/// Its [`source`](core::error::Error::source) is the method's own error, so that a walk through the
/// chain finds it by its type; a boxed error is found by the type in the box, and a text is there
/// as text ([`Cause`](crate::Cause) lists these kinds). Other failures are there as text that
/// describes them. [`cause`](Self::cause) returns the method's error whatever its type, and
/// [`kind`](Self::kind) and [`failure`](Self::failure) can be matched.
///
/// # Examples
///
/// ```
/// use evermemo_core::Builder;
/// use std::{error::Error, num::ParseIntError};
///
/// # evermemo_core::testing::run(async |runtime| {
/// let numbers = Builder::on(runtime)
///     .try_wrap(|text: &'static str| async move { text.parse::<u8>() });
/// let error = numbers.call("nine").await.unwrap_err();
/// assert_eq!(error.to_string(), "refresh failed to complete");
/// assert_eq!(format!("{error:#}"), "refresh failed to complete: invalid digit found in string");
/// assert!(error.source().unwrap().is::<ParseIntError>());
/// # });
/// ```
pub struct Error<E> {
    /// Behind a pointer, so that the result of a call is hardly larger than its value.
    reason: Arc<Reason<E>>,
}

impl<E> Error<E> {
    #[cold]
    pub(crate) fn new(failure: Failure<E>, joined: bool, way: Way<E>, of: Particulars) -> Self {
        Self { reason: Arc::new(Reason { failure, joined, way, of }) }
    }

    /// Returns the same error with another failure, whose method's error is shown this way.
    pub(crate) fn map<F>(&self, failure: Failure<F>, way: Way<F>) -> Error<F> {
        Error::new(failure, self.is_joined(), way, self.reason.of)
    }

    /// Returns the method's own error, if that is why the call failed.
    #[must_use]
    pub fn cause(&self) -> Option<&E> {
        match self.failure() {
            Failure::Method(cause) => Some(cause),
            _ => None,
        }
    }

    /// Takes the method's own error out, shared with all callers that waited for the same load.
    ///
    /// # Errors
    ///
    /// Returns the call's error if it has another reason.
    pub fn into_cause(self) -> Result<Arc<E>, Self> {
        match self.failure() {
            Failure::Method(cause) => Ok(cause.clone()),
            _ => Err(self),
        }
    }

    /// Takes the method's own error out, or a clone of it if other callers share it.
    ///
    /// # Errors
    ///
    /// Returns the call's error if it has another reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use evermemo_core::{Builder, Error};
    ///
    /// # evermemo_core::testing::run(async |runtime| {
    /// let halves = Builder::on(runtime).try_wrap(|n: u32| async move {
    ///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
    /// });
    /// let error: Error<String> = halves.call(7).await.unwrap_err();
    /// assert_eq!(error.into_method_error().unwrap(), "7 is odd");
    /// # });
    /// ```
    pub fn into_method_error(self) -> Result<E, Self>
    where
        E: Clone,
    {
        if !matches!(self.failure(), Failure::Method(_)) {
            return Err(self);
        }
        let failure = match Arc::try_unwrap(self.reason) {
            Ok(reason) => reason.failure,
            Err(shared) => shared.failure.clone(),
        };
        match failure {
            Failure::Method(error) => Ok(Arc::unwrap_or_clone(error)),
            _ => unreachable!("it is an error of the method"),
        }
    }

    /// Returns the kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.failure().kind()
    }

    /// Returns whether the load was cut off by `method_timeout` or the lock timeout. An error of
    /// the method that reports a timeout is the method's own.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.failure(), Failure::TimedOut)
    }

    /// Returns whether the load panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.failure(), Failure::Panicked(_))
    }

    /// Returns whether the cache was not configured yet.
    #[must_use]
    pub fn is_not_configured(&self) -> bool {
        matches!(self.failure(), Failure::NotConfigured)
    }

    /// Returns whether the load that failed had been started by another caller.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        self.reason.joined
    }

    /// Returns the failure, to be matched.
    #[must_use]
    pub fn failure(&self) -> &Failure<E> {
        &self.reason.failure
    }
}

impl<E> Clone for Error<E> {
    fn clone(&self) -> Self {
        Self { reason: self.reason.clone() }
    }
}

impl<E: 'static> From<E> for Error<E> {
    /// Makes the error of a call whose method failed with `cause`, which is shown as text.
    fn from(cause: E) -> Self {
        let failure = Failure::Method(Arc::new(cause));
        Self::new(failure, false, Way::unasked(), Particulars::UNKNOWN)
    }
}

impl<E: Debug> Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("failure", self.failure())
            .field("joined", &self.is_joined())
            .finish()
    }
}

impl<E> Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.failure(), self.is_joined()) {
            (Failure::NotConfigured, _) => NOT_CONFIGURED,
            (Failure::NoRuntime, _) => NO_RUNTIME,
            (Failure::Closed, _) => CLOSED,
            (_, true) => "concurrent refresh failed to complete",
            (Failure::TimedOut, false) => "refresh timed out",
            (_, false) => "refresh failed to complete",
        })?;
        if f.alternate() { self.reason.write_below(f) } else { Ok(()) }
    }
}

impl<E: Debug + Display + 'static> error::Error for Error<E> {
    /// Returns the method's own error, or a text that describes the failure.
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.reason.below()
    }
}
