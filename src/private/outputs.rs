//! Results that are not written as `Result<T, E>`.

/// A `Result`, whatever the name it goes by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Result`, though its name says so",
    note = "write `#[memoize(result = whole)]` to cache it as it is"
)]
pub trait Fallible {
    /// Its value.
    type Value;
    /// Its error.
    type Error;

    /// What it is.
    fn into_result(self) -> Result<Self::Value, Self::Error>;
}

#[diagnostic::do_not_recommend]
impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// What a memoized function brings that was written to return `R`.
pub type Memoized<R> = crate::Result<<R as Fallible>::Value, <R as Fallible>::Error>;
