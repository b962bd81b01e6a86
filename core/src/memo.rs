//! The types of a memo's calls.

use crate::cache;

/// A call of a [`Memo`](crate::Memo), as [`call`](crate::Memo::call) returns it: a type that can
/// stand in a field.
///
/// # Examples
///
/// ```
/// use evermemo_core::{Builder, Error, Memo, Runtime, memo};
/// use std::convert::Infallible;
///
/// /// A question that is asked when its answer is wanted.
/// struct Question<'a, R: Runtime> {
///     call: memo::Call<'a, u64, u64, Infallible, R>,
/// }
///
/// impl<R: Runtime> Question<'_, R> {
///     async fn answer(self) -> Result<u64, Error<Infallible>> {
///         self.call.await
///     }
/// }
///
/// # evermemo_core::testing::run(async |runtime| {
/// let squares = Builder::on(runtime).wrap(|n: u64| async move { n * n });
/// let question = Question { call: squares.call(12) };
/// assert_eq!(question.answer().await.unwrap(), 144);
/// # });
/// ```
pub type Call<'a, A, V, E, R> =
    cache::Call<'a, A, V, E, R, cache::InHand, &'a cache::Memo<A, V, E, R>>;
