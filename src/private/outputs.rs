//! Return types of functions that are results by another name, or say how their value is kept.

use core::marker::PhantomData;

use crate::Cached;

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

#[diagnostic::do_not_recommend]
impl<T, E> Fallible for Result<T, E> {
    type Value = T;
    type Error = E;

    fn into_result(self) -> Self {
        self
    }
}

/// The result of a call of a memoized function whose return type is `R`.
pub type Memoized<R> = crate::Result<<R as Fallible>::Value, <R as Fallible>::Error>;

/// A value that comes in a [`Cached`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `evermemo::Cached`, though its name says so",
    note = "give it another name, as in `use .. as Stored`, to cache it as it is"
)]
pub trait KeptAsSaid {
    /// The value.
    type Value;

    /// Returns it as a `Cached`.
    fn into_cached(self) -> Cached<Self::Value>;
}

impl<V> KeptAsSaid for Cached<V> {
    type Value = V;

    fn into_cached(self) -> Self {
        self
    }
}

/// The same as [`Memoized`] where the values of `R` come in a [`Cached`].
pub type MemoizedAsSaid<R> =
    crate::Result<<<R as Fallible>::Value as KeptAsSaid>::Value, <R as Fallible>::Error>;

/// Probes the return type of a function that is cached as it is: a function of the type itself
/// takes precedence over the same one of the trait [`Unseen`], and does not compile.
#[allow(missing_debug_implementations, reason = "it is never made")]
pub struct Returned<T>(PhantomData<T>);

/// The functions for a type of which nothing is known.
pub trait Unseen {
    /// Compiles if the type reveals neither errors nor how a value is kept.
    fn plain() {}

    /// Compiles if the type does not reveal how a value is kept; errors are handled.
    fn fallible() {}
}

impl<T> Unseen for Returned<T> {}

impl<V, E> Returned<Result<V, E>> {
    /// Does not compile.
    pub const fn plain()
    where
        Result<V, E>: NoResult,
    {
    }
}

impl<V, E> Returned<Result<Cached<V>, E>> {
    /// Does not compile.
    pub const fn fallible()
    where
        Result<Cached<V>, E>: NoCached,
    {
    }
}

impl<V> Returned<Cached<V>> {
    /// Does not compile.
    pub const fn plain()
    where
        Cached<V>: NoCached,
    {
    }

    /// Does not compile.
    pub const fn fallible()
    where
        Cached<V>: NoCached,
    {
    }
}

impl<V> Returned<Option<Cached<V>>> {
    /// Does not compile.
    pub const fn plain()
    where
        Option<Cached<V>>: NoCached,
    {
    }
}

impl<V, E> Returned<Result<Option<Cached<V>>, E>> {
    /// Does not compile.
    pub const fn fallible()
    where
        Result<Option<Cached<V>>, E>: NoCached,
    {
    }
}

/// No type is.
#[diagnostic::on_unimplemented(
    message = "a `Result` under a name that does not say so: its errors would be cached as values",
    label = "this is `{Self}`",
    note = "write `Result<..>`, or give the type a name that ends in `Result`",
    note = "`#[memoize(result = whole)]` caches it as it is, errors included"
)]
pub trait NoResult {}

/// No type is.
#[diagnostic::on_unimplemented(
    message = "a `Cached` that is not seen: what it says would be ignored",
    label = "this is `{Self}`",
    note = "write `Cached<V>` or `Result<Cached<V>, E>` where the function says what it returns"
)]
pub trait NoCached {}
