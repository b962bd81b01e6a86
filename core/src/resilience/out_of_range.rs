//! The error of a setting outside its range.

use core::{error, fmt};

#[cfg(doc)]
use super::{EarlyRefresh, Jitter};

/// The error of a setting with a value outside its range.
///
/// Its text names the setting, the value and the allowed values. It comes from [`Jitter::new`] and
/// [`EarlyRefresh::new`].
///
/// # Examples
///
/// A setting from outside the program:
///
/// ```
/// use evermemo_core::{Builder, EarlyRefresh, Jitter, OutOfRange};
///
/// fn tuned<R>(runtime: R, jitter: f64, beta: f64) -> Result<Builder<R>, OutOfRange> {
///     let builder = Builder::on(runtime);
///     Ok(builder.jitter(Jitter::new(jitter)?).early_refresh(EarlyRefresh::new(beta)?))
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// assert!(tuned(runtime.clone(), 0.1, 1.0).is_ok());
/// let refused = tuned(runtime, 10.0, 1.0).unwrap_err();
/// assert_eq!(refused.to_string(), "jitter is 10, not from 0 to 1");
/// # });
/// ```
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
