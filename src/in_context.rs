//! The names an application uses, with the runtime found in context.

use core::{convert::Infallible, future::Future, hash::Hash};

use evermemo_core::{Builder, Error};

use crate::Auto;

/// A memoized function as a value, on the runtime found in context unless another is named.
pub type Memo<A, V, E = Infallible, R = Auto> = evermemo_core::Memo<A, V, E, R>;

/// A cache whose calls bring their own load, on the runtime found in context unless another is
/// named.
pub type Cache<A, V, E = Infallible, R = Auto> = evermemo_core::Cache<A, V, E, R>;

/// What a call of a memoized function returns.
pub type Result<T, E = Infallible> = core::result::Result<T, Error<E>>;

/// Starts to put a cache together, with the defaults and on the runtime found in context.
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
    A: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    F: Fn(A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = V> + Send + 'static,
{
    builder().wrap(function)
}
