//! The names that code written by `#[memoize]` uses. Nothing here is for use by hand, and nothing
//! of it is promised.

mod called;
mod choices;
mod fits;
mod hooks;
mod outputs;

pub use self::{
    called::{called, called_by, invalidated, invalidated_by},
    choices::{Choices, LocalChoices},
    fits::*,
    hooks::{KeepBuilt, Of, building, entry_builder, observer, observing, outage, weigher},
    outputs::{Fallible, Kept, Memoized, MemoizedAsSaid, NoCached, NoResult, Returned, Unseen},
};
pub use alloc::{borrow::ToOwned, string::String, vec::Vec};
pub use core::clone::Clone;
pub use evermemo_core::{
    Borrowed, KeepIf, Lent, Own, Probe, Unknown, Way, Yields, failing, load, load_local,
};
pub use std::{sync::LazyLock, thread_local};

use crate::{Builder, Cache, Cached, Error, MultiThreaded, Runtime, SingleThreaded};

use core::{convert::Infallible, hash::Hash};

/// A load.
pub type Loading<V, E = Infallible> = evermemo_core::LoadOf<V, E, MultiThreaded>;

/// A load on a single-threaded runtime.
pub type LocalLoading<V, E = Infallible> = evermemo_core::LoadOf<V, E, SingleThreaded>;

/// What a load yields of a function that yields `result`.
///
/// # Errors
///
/// Those of the function.
pub fn cached<R: Fallible>(result: R) -> Result<Cached<R::Value>, R::Error> {
    result.into_result().map(Cached::new)
}

/// What a load yields of a function that yields `value`, and cannot fail.
#[allow(clippy::missing_errors_doc, reason = "there is none")]
pub const fn sure<V>(value: V) -> Result<Cached<V>, Infallible> {
    Ok(Cached::new(value))
}

/// What a load yields of a function that yields `result`, whose value says how it is kept.
///
/// # Errors
///
/// Those of the function.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn cached_as_said<R: Fallible<Value: Kept>>(
    result: R,
) -> Result<Cached<<R::Value as Kept>::Value>, R::Error> {
    result.into_result().map(Kept::into_cached)
}

/// What a load yields of a function that yields `value`, which says how it is kept.
#[allow(clippy::missing_errors_doc, reason = "there is none")]
pub fn sure_as_said<C: Kept>(value: C) -> Result<Cached<C::Value>, Infallible> {
    Ok(value.into_cached())
}

/// Builds the cache of a function: what its types have to be is asked for here, and proven once.
pub fn build<A, V, E, R>(builder: Builder<R>) -> Cache<A, V, E, R>
where
    A: Argument,
    V: Value,
    E: Failure,
    R: Runtime,
{
    builder.build()
}

/// Builds the cache of a function on a single-threaded runtime.
pub fn build_local<A, V, E, R>(builder: Builder<R>) -> Cache<A, V, E, R>
where
    A: Hash + Eq + Clone + 'static,
    V: Clone + 'static,
    E: 'static,
    R: Runtime<Threading = SingleThreaded>,
{
    builder.build_local()
}

/// What can be a key where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a cache",
    note = "a key has to be `Hash`, `Eq`, `Clone`, `Send`, `Sync` and `'static`"
)]
pub trait Argument: Hash + Eq + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync + 'static> Argument for T {}

/// What can be lent as a key; what owns it is one.
pub trait LentArgument: Hash + Eq {}

impl<T: Hash + Eq + ?Sized> LentArgument for T {}

/// What can be a value where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a cache",
    note = "a value has to be `Clone`, `Send`, `Sync` and `'static`"
)]
pub trait Value: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Value for T {}

/// What can be an error where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "a load cannot fail with `{Self}`",
    note = "an error has to be `Send`, `Sync` and `'static`"
)]
pub trait Failure: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Failure for T {}

/// What can be a key anywhere.
pub trait LocalArgument: Hash + Eq + Clone + 'static {}

impl<T: Hash + Eq + Clone + 'static> LocalArgument for T {}

/// A cache, and what makes its keys from what is looked at.
#[derive(Debug)]
#[non_exhaustive]
pub struct Keyed<Q, A: 'static, V: 'static, E: 'static, R: Runtime> {
    /// The cache.
    pub cache: &'static Cache<A, V, E, R>,
    /// The expression, as a function.
    pub key: fn(Q) -> A,
}

/// Finds the cache of a choice of type parameters whose keys `key` makes.
pub fn keyed<Q, A, V, E, R, F>(
    caches: &'static Choices,
    key: fn(Q) -> A,
    make: F,
) -> Keyed<Q, A, V, E, R>
where
    A: Argument,
    R: Runtime,
    Cache<A, V, E, R>: Send + Sync,
    F: FnOnce(Of<A, V, E>) -> Cache<A, V, E, R> + 'static,
{
    Keyed { cache: caches.of(|| make(Of::default())), key }
}

/// Compiles if loads can run on this.
pub const fn runtime<R: Runtime>() {}

/// Compiles if what callers get for an error, an `X`, can be made of a call's own.
pub const fn made_of<X: MadeOf<E>, E>() {}

/// What can be made of the error of a call of a function that fails with an `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of what a call fails with",
    label = "callers are to get this",
    note = "`error = ..` needs `impl From<evermemo::Error<{E}>> for {Self}`"
)]
pub trait MadeOf<E> {}

#[diagnostic::do_not_recommend]
impl<X: From<Error<E>>, E> MadeOf<E> for X {}
