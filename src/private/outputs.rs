//! Results by other names than `Result<T, E>`.

/// A `Result`, by whatever name.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Result`, though its name says so",
    note = "write `#[memoize(result = whole)]` to cache it as it is"
)]
pub trait Fallible {
    /// The type of its value.
    type Value;
    /// The type of its error.
    type Error;

    /// Returns it as a `Result`.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// The result of a call of a memoized function whose return type is `R`.
pub type Memoized<R> = crate::Result<<R as Fallible>::Value, <R as Fallible>::Error>;
