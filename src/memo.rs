//! The types of calls, on the runtime found in context unless another is named.

use core::convert::Infallible;

use crate::Auto;

/// A call of a [`Memo`](crate::Memo), as [`call`](evermemo_core::Memo::call) returns it: a type that
/// can stand in a field.
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
