//! The names that code written by `#[memoize]` uses. Nothing here is for use by hand, and nothing
//! of it is promised.

mod called;
mod choices;
mod fits;
mod hooks;
mod keyed;
mod outputs;
mod place;

pub use self::{
    called::{called, called_by, invalidated, invalidated_by},
    choices::{Choices, LocalChoices},
    fits::*,
    hooks::{
        EntryBuilder, KeepBuilt, Of, building, entry_builder, local_building, local_entry_builder,
        observer, observing, outage, valid, weigher,
    },
    keyed::{ByExpression, KeyedCache, MakesKeys, keyed},
    outputs::{
        Fallible, KeptAsSaid, Memoized, MemoizedAsSaid, NoCached, NoResult, Returned, Unseen,
    },
    place::CachePlace,
};
pub use alloc::{borrow::ToOwned, string::String, vec::Vec};
pub use core::clone::Clone;
pub use evermemo_core::{
    Borrowed, KeepIf, Lent, Own, Probe, Refreshes, Unknown, Way, Yields, failing, load, load_local,
};
pub use std::thread_local;

use crate::{Builder, Cache, Cached, Error, MultiThreaded, Runtime, SingleThreaded};

use core::{convert::Infallible, hash::Hash};

/// A load.
pub type FunctionLoad<V, E = Infallible> = evermemo_core::LoadOf<V, E, MultiThreaded>;

/// A load on a single-threaded runtime.
pub type LocalFunctionLoad<V, E = Infallible> = evermemo_core::LoadOf<V, E, SingleThreaded>;

/// Converts the `result` of a function to that of its load.
///
/// # Errors
///
/// The type parameters are those of the function.
pub fn cached<R: Fallible>(result: R) -> Result<Cached<R::Value>, R::Error> {
    result.into_result().map(Cached::new)
}

/// Converts the `value` of a function that cannot fail to the result of its load.
#[allow(clippy::missing_errors_doc, reason = "there is none")]
pub const fn sure<V>(value: V) -> Result<Cached<V>, Infallible> {
    Ok(Cached::new(value))
}

/// Converts the `result` of a function, whose value says how it is kept, to that of its load.
///
/// # Errors
///
/// The error is that of the function.
#[allow(clippy::type_complexity, reason = "it is named nowhere else")]
pub fn cached_as_said<R: Fallible<Value: KeptAsSaid>>(
    result: R,
) -> Result<Cached<<R::Value as KeptAsSaid>::Value>, R::Error> {
    result.into_result().map(KeptAsSaid::into_cached)
}

/// Converts the `value` of a function, which says how it is kept, to the result of its load.
#[allow(clippy::missing_errors_doc, reason = "there is none")]
pub fn sure_as_said<C: KeptAsSaid>(value: C) -> Result<Cached<C::Value>, Infallible> {
    Ok(value.into_cached())
}

/// Builds the cache of a function: the bounds on its types are here, and proven once.
pub fn build<A, V, E, R>(builder: Builder<R>) -> Cache<A, V, E, R>
where
    A: KeyArgument,
    V: CachedValue,
    E: CarriedError,
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

/// The bounds of a key where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a cache",
    note = "a key has to be `Hash`, `Eq`, `Clone`, `Send`, `Sync` and `'static`"
)]
pub trait KeyArgument: Hash + Eq + Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync + 'static> KeyArgument for T {}

/// What can be lent as a key; what owns it is one.
pub trait LentArgument: Hash + Eq {}

impl<T: Hash + Eq + ?Sized> LentArgument for T {}

/// What can be a value where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a cache",
    note = "a value has to be `Clone`, `Send`, `Sync` and `'static`"
)]
pub trait CachedValue: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> CachedValue for T {}

/// What can be an error where loads may move between threads.
#[diagnostic::on_unimplemented(
    message = "a load cannot fail with `{Self}`",
    note = "an error has to be `Send`, `Sync` and `'static`"
)]
pub trait CarriedError: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> CarriedError for T {}

/// The bounds of a key anywhere.
pub trait LocalArgument: Hash + Eq + Clone + 'static {}

impl<T: Hash + Eq + Clone + 'static> LocalArgument for T {}

/// Compiles if loads can run on this.
pub const fn runtime<R: Runtime>() {}

/// Compiles if an `X`, which callers get for an error, can be made of a call's own error.
pub const fn made_of<X: MadeOf<E>, E>() {}

/// The bound of an error that is made of the error of a call, whose function fails with an `E`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of what a call fails with",
    label = "callers are to get this",
    note = "`error = ..` needs `impl From<evermemo::Error<{E}>> for {Self}`"
)]
pub trait MadeOf<E> {}

#[diagnostic::do_not_recommend]
impl<X: From<Error<E>>, E> MadeOf<E> for X {}
