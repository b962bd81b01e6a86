//! What a builder asks of the types of arguments, values and errors.
//!
//! Each is asked for by a trait of its own and before all else, so that the compiler says in one
//! sentence what does not hold. What is built has these traits, and not the types themselves: the
//! compiler advises to write a bound that a type parameter lacks, and these are no bounds for
//! users.

use crate::runtime::{Kept, Sent};

/// Takes arguments `A`, of a cache that may move between threads or not, as `S` says.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a cache cannot take arguments `{A}`: they have to be `Send`, `Sync` and `'static`",
    label = "`{A}` stays on its thread",
    note = "on a single-threaded runtime, `wrap_local` and `build_local` take it"
)]
pub trait Takes<A, S> {}

#[diagnostic::do_not_recommend]
impl<T, A: Send + Sync + 'static> Takes<A, Sent> for T {}

/// Holds values `V`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a cache cannot hold values `{V}`: they have to be `Clone`, and `Send`, `Sync` and \
               `'static`",
    label = "`{V}` cannot be cached",
    note = "a function that returns a `Result` is for `try_wrap`, which caches what is `Ok`",
    note = "what is not `Clone` goes into an `Arc`, and what is not `Send` to `wrap_local`"
)]
pub trait Holds<V, S> {}

#[diagnostic::do_not_recommend]
impl<T, V: Clone + Send + Sync + 'static> Holds<V, Sent> for T {}

#[diagnostic::do_not_recommend]
impl<T, V: Clone + 'static> Holds<V, Kept> for T {}

/// Tells of errors `E`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a load cannot fail with `{E}`: errors have to be `Send`, `Sync` and `'static`",
    label = "`{E}` stays on its thread",
    note = "make another error of it, as `.map_err(|error| error.to_string())` does"
)]
pub trait FailsWith<E, S> {}

#[diagnostic::do_not_recommend]
impl<T, E: Send + Sync + 'static> FailsWith<E, Sent> for T {}
