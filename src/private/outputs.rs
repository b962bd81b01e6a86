//! What functions return that is not written as `Result<T, E>`, or says how it is kept.

use core::marker::PhantomData;

use crate::Cached;

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

/// A value that comes in a [`Cached`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `evermemo::Cached`, though its name says so",
    note = "give it another name, as in `use .. as Stored`, to cache it as it is"
)]
pub trait Kept {
    /// The value.
    type Value;

    /// What it is.
    fn into_cached(self) -> Cached<Self::Value>;
}

impl<V> Kept for Cached<V> {
    type Value = V;

    fn into_cached(self) -> Self {
        self
    }
}

/// The same as [`Memoized`] where the values of `R` come in a [`Cached`].
pub type MemoizedAsSaid<R> =
    crate::Result<<<R as Fallible>::Value as Kept>::Value, <R as Fallible>::Error>;

/// Asks what a function returns that is cached as it is: a function of the type itself goes before
/// the same one of the trait [`Unseen`], and does not compile.
#[allow(missing_debug_implementations, reason = "it is never made")]
pub struct Returned<T>(PhantomData<T>);

/// What is not seen in a type.
pub trait Unseen {
    /// Compiles if nothing says that there are errors, or how a value is kept.
    fn plain() {}

    /// Compiles if nothing says how a value is kept; errors are seen to.
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

/// Nothing is.
#[diagnostic::on_unimplemented(
    message = "a `Result` under a name that does not say so: its errors would be cached as values",
    label = "this is `{Self}`",
    note = "write `Result<..>`, or give the type a name that ends in `Result`",
    note = "`#[memoize(result = whole)]` caches it as it is, errors included"
)]
pub trait NoResult {}

/// Nothing is.
#[diagnostic::on_unimplemented(
    message = "a `Cached` that is not seen: what it says would be ignored",
    label = "this is `{Self}`",
    note = "write `Cached<V>` or `Result<Cached<V>, E>` where the function says what it returns"
)]
pub trait NoCached {}
