//! The names for applications, with the runtime found in context.

use core::{convert::Infallible, future::Future, hash::Hash};

use evermemo_core::{ArgumentsKeyExtractor, Builder, Error, Holds, KeyExtractor, Sent, Takes};

use crate::Auto;

/// A memoized function as a value, on the runtime found in context unless another is named.
///
/// # Examples
///
/// ```
/// use evermemo::Memo;
/// use std::num::ParseIntError;
///
/// struct Numbers {
///     of_text: Memo<String, u32, ParseIntError>,
/// }
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let of_text = evermemo::builder().try_wrap(|text: String| async move { text.parse::<u32>() });
/// let numbers = Numbers { of_text };
/// assert_eq!(numbers.of_text.call("7".into()).await?, 7);
/// # Ok::<(), evermemo::Error<ParseIntError>>(())
/// # }).unwrap();
/// ```
pub type Memo<A, V, E = Infallible, R = Auto> = evermemo_core::Memo<A, V, E, R>;

/// A cache whose calls bring their own load, on the runtime found in context unless another is
/// named.
///
/// # Examples
///
/// ```
/// use evermemo::Cache;
///
/// #[derive(Default)]
/// struct Squares {
///     by_root: Cache<u64, u64>,
/// }
///
/// impl Squares {
///     async fn of(&self, root: u64) -> evermemo::Result<u64> {
///         self.by_root.get_with(root, |root| async move { Ok(root * root) }).await
///     }
/// }
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let squares = Squares::default();
/// assert_eq!((squares.of(12).await?, squares.of(12).await?), (144, 144));
/// assert_eq!(squares.by_root.stats().hits, 1);
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
pub type Cache<A, V, E = Infallible, R = Auto> = evermemo_core::Cache<A, V, E, R>;

/// The result of a call of a memoized function.
///
/// # Examples
///
/// ```
/// use evermemo::Memo;
///
/// async fn sum(squares: &Memo<u64, u64>, roots: &[u64]) -> evermemo::Result<u64> {
///     let mut sum = 0;
///     for root in roots {
///         sum += squares.call(*root).await?;
///     }
///     Ok(sum)
/// }
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let squares = evermemo::wrap(|n: u64| async move { n * n });
/// assert_eq!(sum(&squares, &[3, 4]).await?, 25);
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
pub type Result<T, E = Infallible> = core::result::Result<T, Error<E>>;

/// Starts to build a cache, with the defaults and on the runtime found in context.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let squares = evermemo::builder()
///     .capacity(1_000)
///     .expire_after(Duration::from_secs(60))
///     .wrap(|n: u64| async move { n * n });
/// assert_eq!(squares.call(12).await?, 144);
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
pub fn builder() -> Builder<Auto> {
    Builder::on(Auto::default())
}

/// Memoizes a function that cannot fail, with the defaults and on the runtime found in context.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")]
/// # evermemo::testing::run(async |_| {
/// let greeting = evermemo::wrap(|name: String| async move { format!("hello {name}") });
/// assert_eq!(greeting.call("you".into()).await?, "hello you");
/// # Ok::<(), evermemo::Error<std::convert::Infallible>>(())
/// # }).unwrap();
/// ```
pub fn wrap<A, V, F, Fut>(function: F) -> Memo<A, V>
where
    // First, and with words of their own.
    Auto: Takes<A, Sent> + Holds<V, Sent>,
    ArgumentsKeyExtractor: KeyExtractor<A, Key = A>,
    A: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    F: Fn(A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = V> + Send + 'static,
{
    builder().wrap(function)
}
