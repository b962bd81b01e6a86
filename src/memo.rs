//! The types of calls, on the runtime found in context unless another is named.

use core::convert::Infallible;

use evermemo_core::{Carried, MultiThreaded};

use crate::Auto;

#[doc(hidden)]
pub use evermemo_core::{ByReference, InHand, Own};

/// A call of a [`Memo`](crate::Memo), as [`call`](evermemo_core::Memo::call) returns it: a type
/// that can stand in a field.
///
/// # Examples
///
/// ```
/// use evermemo::{Error, memo};
/// use std::convert::Infallible;
///
/// /// A question that is asked when its answer is wanted.
/// struct Question<'a> {
///     call: memo::Call<'a, u64, u64>,
/// }
///
/// impl Question<'_> {
///     async fn answer(self) -> Result<u64, Error<Infallible>> {
///         self.call.await
///     }
/// }
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let squares = evermemo::wrap(|n: u64| async move { n * n });
/// let question = Question { call: squares.call(12) };
/// assert_eq!(question.answer().await.unwrap(), 144);
/// # });
/// ```
pub type Call<'a, A, V, E = Infallible, R = Auto> = evermemo_core::memo::Call<'a, A, V, E, R>;

/// A call of a function under `#[memoize]`, as `f(..)` and `f::call(..)` return it: a type that can
/// stand in a field.
///
/// `'c` is how long its cache lasts: `'static`, unless the cache is found in a place. `K` is the
/// key: the owned type of the argument, or a tuple of several. `Q` is the form in which the
/// arguments are given: [`InHand`], or [`ByReference`] of them where some arguments are references,
/// with [`Own`] around the others and [`Lent`](crate::Lent) around references. `X` is the load's
/// parameters beside the key, `M` whether it may move between threads.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use evermemo::{Auto, Lent, memo::{ByReference, FunctionCall, Own}, memoize};
/// use std::convert::Infallible;
///
/// #[memoize]
/// async fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// #[memoize]
/// async fn price(article: u32, currency: &str) -> String {
///     format!("{article} {currency}")
/// }
///
/// type Price<'a> = ByReference<(Own<u32>, Lent<'a, str>)>;
///
/// struct Asked<'a> {
///     square: FunctionCall<'static, u64, u64>,
///     price: FunctionCall<'static, (u32, String), String, Infallible, Auto, Price<'a>>,
/// }
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let asked = Asked { square: square(12), price: price::call(7, "EUR") };
/// assert_eq!(asked.square.await?, 144);
/// assert_eq!(asked.price.await?, "7 EUR");
/// # Ok::<(), evermemo::Error<Infallible>>(())
/// # }).unwrap();
/// # }
/// ```
#[allow(clippy::type_complexity, reason = "this is its short name")]
pub type FunctionCall<'c, K, V, E = Infallible, R = Auto, Q = InHand, X = (), M = MultiThreaded> =
    evermemo_core::Call<'c, K, V, E, R, Q, Carried<X, K, V, E, M>>;

/// A call of a function under `#[memoize]` that keeps a handle of its cache: of a cache that `in =
/// ..` hands out, or with `local` of one that differs from thread to thread.
///
/// # Examples
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "tokio"))] {
/// use evermemo::{SingleThreaded, TokioLocal, memo::{InHand, OwnedFunctionCall}, memoize};
/// use std::{convert::Infallible, rc::Rc};
///
/// #[memoize(local, runtime = TokioLocal)]
/// async fn shared(n: u64) -> Rc<u64> {
///     Rc::new(n)
/// }
///
/// type Shared =
///     OwnedFunctionCall<u64, Rc<u64>, Infallible, TokioLocal, InHand, (), SingleThreaded>;
/// let call: Shared = shared(7);
/// # drop(call);
/// # }
/// ```
#[allow(clippy::type_complexity, reason = "this is its short name")]
pub type OwnedFunctionCall<K, V, E = Infallible, R = Auto, Q = InHand, X = (), M = MultiThreaded> =
    evermemo_core::OwnedCall<K, V, E, R, Q, Carried<X, K, V, E, M>>;
